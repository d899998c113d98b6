// contour: the lines along which numbers on a grid have one level (marching squares).
#pragma once

#include <vector>

#include "support/svg.hpp"

namespace examples {

/// Pieces of line, one or two for each cell of the grid that the level passes through; cells with a number that is not
/// finite have none.
std::vector<std::vector<Point>> contour(const Grid& grid, double level);

}  // namespace examples
