#include "support/svg.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <memory>
#include <system_error>
#include <utility>

#include <capstan/tensor/error.hpp>

#include <fmt/core.h>

#include "support/contour.hpp"

namespace examples {
namespace {

// Colours that people with any kind of colour vision can tell apart (Paul Tol's "bright" scheme, 2021).
constexpr std::array<const char*, 7> palette{"#4477aa", "#ee6677", "#228833", "#ccbb44",
                                             "#66ccee", "#aa3377", "#777777"};

std::vector<std::vector<Point>> unbroken(const std::vector<Point>& points) {
  std::vector<std::vector<Point>> pieces(1);
  for (const Point& point : points) {
    if (std::isfinite(point.x) && std::isfinite(point.y)) {
      pieces.back().push_back(point);
    } else if (!pieces.back().empty()) {
      pieces.emplace_back();
    }
  }
  return pieces;
}

}  // namespace

Point Grid::at(double column, double row) const noexcept {
  const double x = columns > 1 ? column / static_cast<double>(columns - 1) : 0.0;
  const double y = rows > 1 ? row / static_cast<double>(rows - 1) : 0.0;
  return {low.x + x * (high.x - low.x), low.y + y * (high.y - low.y)};
}

void Figure::Reach::include(double value) noexcept {
  if (!std::isfinite(value) || (axis.logarithmic && value <= 0.0)) return;
  low = std::min(low, value);
  high = std::max(high, value);
}

// A little more than the numbers need, so that nothing stands on the frame; a heat map reaches up to it.
Scale Figure::Reach::scale(double from, double to) const {
  const double margin = tight ? 0.0 : 0.03;
  const double span = axis.logarithmic ? std::pow(high / low, margin) : margin * (high - low);
  const double wide_low = axis.logarithmic ? low / span : low - span;
  const double wide_high = axis.logarithmic ? high * span : high + span;
  return {axis.low.value_or(wide_low), axis.high.value_or(wide_high), from, to, axis.logarithmic};
}

Figure::Figure(std::string title, Axis x, Axis y) : title_{std::move(title)}, x_{std::move(x)}, y_{std::move(y)} {}

std::string Figure::next_colour(std::string wanted) {
  return wanted.empty() ? palette[colours_used_++ % palette.size()] : std::move(wanted);
}

void Figure::include(const std::vector<Point>& points) {
  for (const Point& point : points) {
    x_.include(point.x);
    y_.include(point.y);
  }
}

Figure& Figure::line(const std::vector<Point>& points, LineOptions options) {
  include(points);
  has_legend_ = has_legend_ || !options.label.empty();
  options.colour = next_colour(std::move(options.colour));
  layers_.emplace_back(Line{unbroken(points), std::move(options)});
  return *this;
}

Figure& Figure::points(std::vector<Point> points, PointOptions options) {
  include(points);
  has_legend_ = has_legend_ || !options.label.empty();
  options.colour = next_colour(std::move(options.colour));
  layers_.emplace_back(Points{std::move(points), std::move(options)});
  return *this;
}

Figure& Figure::heat(Grid grid, HeatOptions options) {
  if (grid.values.size() != grid.rows * grid.columns) {
    throw capstan::ShapeError{fmt::format("heat: a grid of {} rows and {} columns needs as many values, got {}",
                                          grid.rows, grid.columns, grid.values.size())};
  }
  include({grid.low, grid.high});
  x_.tight = y_.tight = true;
  layers_.emplace_back(Heat{std::move(grid), std::move(options)});
  return *this;
}

Figure& Figure::contour(const Grid& grid, double level, LineOptions options) {
  has_legend_ = has_legend_ || !options.label.empty();
  options.colour = next_colour(std::move(options.colour));
  layers_.emplace_back(Line{examples::contour(grid, level), std::move(options)});
  return *this;
}

Figure& Figure::note(Point at, std::string text) {
  layers_.emplace_back(Note{at, std::move(text)});
  return *this;
}

std::string to_svg(const std::vector<Figure>& figures, const SheetOptions& options) {
  const std::size_t columns = std::max<std::size_t>(1, std::min(options.columns, figures.size()));
  const std::size_t rows = (figures.size() + columns - 1) / columns;
  const double width = options.width * static_cast<double>(columns);
  const double height = options.height * static_cast<double>(rows);
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0:g}\" height=\"{1:g}\" viewBox=\"0 0 {0:g} {1:g}\" "
      "font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\" font-size=\"12\" fill=\"#222\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
      width, height);
  for (std::size_t i = 0; i < figures.size(); ++i) {
    const std::size_t row = i / columns, column = i % columns;
    svg += fmt::format("<g transform=\"translate({:g} {:g})\">\n{}</g>\n", options.width * static_cast<double>(column),
                       options.height * static_cast<double>(row),
                       figures[i].draw(options.width, options.height, fmt::format("area{}", i)));
  }
  return svg + "</svg>\n";
}

std::string ramp(double part) {
  // Five colours whose brightness rises evenly, and straight lines between them.
  constexpr std::array<std::array<double, 3>, 5> stops{
      {{59, 28, 110}, {49, 92, 148}, {28, 144, 140}, {92, 184, 92}, {204, 194, 20}}};
  const double place = std::clamp(part, 0.0, 1.0) * (stops.size() - 1);
  const std::size_t from = std::min(static_cast<std::size_t>(place), stops.size() - 2);
  const double rest = place - static_cast<double>(from);
  std::array<int, 3> rgb{};
  for (std::size_t c = 0; c < 3; ++c) {
    rgb[c] = static_cast<int>(std::lround(stops[from][c] + rest * (stops[from + 1][c] - stops[from][c])));
  }
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

void write_file(const std::filesystem::path& path, std::string_view text) {
  const auto fail = [&path] {
    throw capstan::IoError{fmt::format("cannot write {}: {}", path.string(), std::generic_category().message(errno))};
  };
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(path.c_str(), "wb"), &std::fclose};
  if (!file) fail();
  if (std::fwrite(text.data(), 1, text.size(), file.get()) != text.size()) fail();
  // Closing writes what is still buffered: a full disk shows here.
  if (std::fclose(file.release()) != 0) fail();
}

}  // namespace examples
