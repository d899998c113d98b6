// Drawing: puts the layers of a Figure on paper. Part of the writer; programs include svg.hpp.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "support/svg.hpp"
#include "support/svg_scale.hpp"

namespace examples {

class Figure::Drawing {
 public:
  Drawing(const Figure& figure, double width, double height, std::string_view id);

  /// The whole figure. Once only: it is built up in place.
  std::string text() &&;

 private:
  struct Entry {
    std::string label;
    std::string sample;  // drawn around (11, 0)
  };
  /// The rectangle between the axes, in pixels.
  struct Area {
    double left, right, top, bottom;
  };

  void frame();
  void labels();
  void ticks();
  void legend();

  void draw(const Line& line);
  void draw(const Points& points);
  void draw(const Heat& heat);
  void draw(const Note& note);

  bool has(const Point& point) const noexcept { return x_.has(point.x) && y_.has(point.y); }

  const Figure& figure_;
  std::string_view id_;
  Area area_;
  Scale x_, y_;
  std::vector<Entry> legend_;
  std::string svg_;
};

}  // namespace examples
