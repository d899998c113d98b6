// A small writer of diagrams: lines, points and heat maps on a pair of axes, with ticks, a legend and a title, as SVG.
//
//   Figure figure{"Cost", {.label = "step"}, {.label = "J", .logarithmic = true}};
//   figure.line(costs, {.label = "α = 0.1"});
//   write_file(out / "cost.svg", to_svg({figure}));
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "support/svg_scale.hpp"

namespace examples {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

struct Axis {
  std::string label = {};
  bool logarithmic = false;
  std::optional<double> low = {};   ///< else the least number drawn
  std::optional<double> high = {};  ///< else the largest
  bool ticks = true;                ///< whether numbers stand beside it
};

struct LineOptions {
  std::string label = {};   ///< in the legend; none, and the line is not there
  std::string colour = {};  ///< as in CSS; none: the next of the palette
  double width = 2.0;
  bool dashed = false;
};

enum class Marker { dot, ring, cross };

struct PointOptions {
  std::string label = {};
  std::string colour = {};
  double radius = 3.0;
  Marker marker = Marker::dot;
};

/// Numbers on a regular grid: values[row · columns + column], row 0 at y = low.y, column 0 at x = low.x, the last of
/// each at high.
struct Grid {
  Point low = {};
  Point high = {};
  std::size_t columns = 0;
  std::size_t rows = 0;
  std::vector<double> values = {};

  /// Where a row and a column, whole or between two, lie.
  Point at(double column, double row) const noexcept;
};

struct HeatOptions {
  double low = 0.0;   ///< the number that has the first colour; halfway to the other is white
  double high = 1.0;  ///< the number that has the second
  std::string low_colour = "#4477aa";
  std::string high_colour = "#ee6677";
};

/// One pair of axes. What is added later is drawn over what came before. Lines are broken, and points left out, where a
/// number is not finite or, on a logarithmic axis, not above 0.
class Figure {
 public:
  Figure(std::string title, Axis x, Axis y);

  Figure& line(const std::vector<Point>& points, LineOptions options = {});
  Figure& points(std::vector<Point> points, PointOptions options = {});
  Figure& heat(Grid grid, HeatOptions options = {});
  /// The lines along which the grid has the given level.
  Figure& contour(const Grid& grid, double level, LineOptions options = {});
  /// A few words, centred over a place.
  Figure& note(Point at, std::string text);

  /// The figure alone, to be put into a document: 0 … width, 0 … height. `id` is unique in that document.
  std::string draw(double width, double height, std::string_view id) const;

 private:
  struct Line {
    std::vector<std::vector<Point>> pieces;
    LineOptions options;
  };
  struct Points {
    std::vector<Point> points;
    PointOptions options;
  };
  struct Heat {
    Grid grid;
    HeatOptions options;
  };
  struct Note {
    Point at;
    std::string text;
  };
  /// An axis and the numbers that it has to reach.
  struct Reach {
    Axis axis;
    double low = std::numeric_limits<double>::infinity();
    double high = -std::numeric_limits<double>::infinity();
    bool tight = false;

    void include(double value) noexcept;
    Scale scale(double from, double to) const;
  };
  class Drawing;

  std::string next_colour(std::string wanted);
  void include(const std::vector<Point>& points);

  std::string title_;
  Reach x_, y_;
  std::vector<std::variant<Line, Points, Heat, Note>> layers_;
  std::size_t colours_used_ = 0;
  bool has_legend_ = false;
};

struct SheetOptions {
  std::size_t columns = 1;  ///< figures in a row
  double width = 760.0;     ///< of one figure, in pixels
  double height = 480.0;
};

/// A whole document with the figures side by side.
std::string to_svg(const std::vector<Figure>& figures, const SheetOptions& options = {});

/// A colour between blue (0) and yellow-green (1), for series that are ordered.
std::string ramp(double part);

/// Writes a text file over what was there. capstan::IoError, naming file and reason, if it cannot be written.
void write_file(const std::filesystem::path& path, std::string_view text);

}  // namespace examples
