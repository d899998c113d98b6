#include "support/contour.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace examples {
namespace {

struct Corner {
  double column, row, value;
};

// Where the level lies between two corners, by linear interpolation.
Point crossing(const Grid& grid, const Corner& a, const Corner& b, double level) {
  const double part = (level - a.value) / (b.value - a.value);
  return grid.at(a.column + part * (b.column - a.column), a.row + part * (b.row - a.row));
}

}  // namespace

std::vector<std::vector<Point>> contour(const Grid& grid, double level) {
  std::vector<std::vector<Point>> pieces;
  const auto corner = [&grid](std::size_t column, std::size_t row) {
    return Corner{static_cast<double>(column), static_cast<double>(row), grid.values[row * grid.columns + column]};
  };
  for (std::size_t row = 0; row + 1 < grid.rows; ++row) {
    for (std::size_t column = 0; column + 1 < grid.columns; ++column) {
      // Round the cell: an even number of its sides is crossed, and crossings are joined two by two in that order.
      const std::array<Corner, 5> round{corner(column, row), corner(column + 1, row), corner(column + 1, row + 1),
                                        corner(column, row + 1), corner(column, row)};
      if (!std::all_of(round.begin(), round.end(), [](const Corner& c) { return std::isfinite(c.value); })) continue;
      std::vector<Point> crossed;
      for (std::size_t side = 0; side < 4; ++side) {
        const Corner &a = round[side], &b = round[side + 1];
        if ((a.value < level) != (b.value < level)) crossed.push_back(crossing(grid, a, b, level));
      }
      for (std::size_t i = 0; i + 1 < crossed.size(); i += 2) pieces.push_back({crossed[i], crossed[i + 1]});
    }
  }
  return pieces;
}

}  // namespace examples
