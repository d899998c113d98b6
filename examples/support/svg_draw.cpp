#include "support/svg_draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <iterator>
#include <utility>
#include <variant>

#include <fmt/core.h>

namespace examples {
namespace {

constexpr double legend_width = 170.0;
constexpr double line_height = 19.0;

std::string escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

template <class... Arguments>
void add(std::string& svg, fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  fmt::format_to(std::back_inserter(svg), format, std::forward<Arguments>(arguments)...);
}

std::string marker(Marker marker, double x, double y, double radius, std::string_view colour) {
  switch (marker) {
    case Marker::ring:
      return fmt::format(
          "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", x, y,
          radius, colour);
    case Marker::cross:
      return fmt::format(
          "<path d=\"M{0:.1f} {1:.1f}l{2:g} {2:g}m0 -{2:g}l-{2:g} {2:g}\" stroke=\"{3}\" stroke-width=\"2\"/>\n",
          x - radius, y - radius, 2.0 * radius, colour);
    case Marker::dot:
      break;
  }
  return fmt::format(
      "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{:g}\" fill=\"{}\" stroke=\"#fff\" stroke-width=\"0.6\"/>\n", x, y,
      radius, colour);
}

std::string stroke(const LineOptions& options) {
  return fmt::format(R"(stroke="{}" stroke-width="{:g}"{})", escape(options.colour), options.width,
                     options.dashed ? R"( stroke-dasharray="6 4")" : "");
}

std::array<int, 3> parse_colour(const std::string& colour) {
  const long value = std::strtol(colour.c_str() + 1, nullptr, 16);
  return {static_cast<int>(value >> 16 & 255), static_cast<int>(value >> 8 & 255), static_cast<int>(value & 255)};
}

// From the first colour through white to the second, in 32 steps, so that neighbours of one colour become one
// rectangle.
std::string heat_colour(double value, const HeatOptions& options) {
  const double part = std::clamp((value - options.low) / (options.high - options.low), 0.0, 1.0);
  const double signed_part = std::round(part * 32.0) / 16.0 - 1.0;
  const std::array<int, 3> end = parse_colour(signed_part < 0.0 ? options.low_colour : options.high_colour);
  const double strength = 0.75 * std::abs(signed_part);
  std::array<int, 3> rgb{};
  for (std::size_t c = 0; c < 3; ++c) rgb[c] = static_cast<int>(std::lround(255.0 + strength * (end[c] - 255.0)));
  return fmt::format("#{:02x}{:02x}{:02x}", rgb[0], rgb[1], rgb[2]);
}

}  // namespace

Figure::Drawing::Drawing(const Figure& figure, double width, double height, std::string_view id)
    : figure_{figure},
      id_{id},
      area_{66.0, width - (figure.has_legend_ ? legend_width : 24.0), 46.0, height - 54.0},
      x_{figure.x_.scale(area_.left, area_.right)},
      y_{figure.y_.scale(area_.bottom, area_.top)} {}

std::string Figure::Drawing::text() && {
  labels();
  ticks();
  add(svg_, "<clipPath id=\"{}\"><rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\"/></clipPath>\n", id_,
      area_.left, area_.top, area_.right - area_.left, area_.bottom - area_.top);
  add(svg_, "<g clip-path=\"url(#{})\">\n", id_);
  for (const auto& layer : figure_.layers_) {
    std::visit([this](const auto& known) { draw(known); }, layer);
  }
  svg_ += "</g>\n";
  frame();
  legend();
  return std::move(svg_);
}

void Figure::Drawing::frame() {
  add(svg_, "<rect x=\"{:g}\" y=\"{:g}\" width=\"{:g}\" height=\"{:g}\" fill=\"none\" stroke=\"#888\"/>\n", area_.left,
      area_.top, area_.right - area_.left, area_.bottom - area_.top);
}

void Figure::Drawing::labels() {
  const double middle = (area_.left + area_.right) / 2.0, centre = (area_.top + area_.bottom) / 2.0;
  add(svg_, "<text x=\"{:g}\" y=\"28\" font-size=\"15\" font-weight=\"bold\">{}</text>\n", area_.left,
      escape(figure_.title_));
  add(svg_, "<text x=\"{:g}\" y=\"{:g}\" text-anchor=\"middle\">{}</text>\n", middle, area_.bottom + 40.0,
      escape(figure_.x_.axis.label));
  add(svg_, "<text transform=\"translate(18 {:g}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n", centre,
      escape(figure_.y_.axis.label));
}

void Figure::Drawing::ticks() {
  for (const Tick& tick : figure_.x_.axis.ticks ? x_.ticks(7) : std::vector<Tick>{}) {
    const double x = x_.place(tick.value);
    add(svg_, "<path d=\"M{:.1f} {:g}V{:g}\" stroke=\"#e8e8e8\"/>\n", x, area_.top, area_.bottom);
    add(svg_, "<text x=\"{:.1f}\" y=\"{:g}\" font-size=\"11\" text-anchor=\"middle\">{}</text>\n", x,
        area_.bottom + 17.0, tick.text);
  }
  for (const Tick& tick : figure_.y_.axis.ticks ? y_.ticks(6) : std::vector<Tick>{}) {
    const double y = y_.place(tick.value);
    add(svg_, "<path d=\"M{:g} {:.1f}H{:g}\" stroke=\"#e8e8e8\"/>\n", area_.left, y, area_.right);
    add(svg_, "<text x=\"{:g}\" y=\"{:.1f}\" font-size=\"11\" text-anchor=\"end\">{}</text>\n", area_.left - 7.0,
        y + 4.0, tick.text);
  }
}

void Figure::Drawing::legend() {
  double y = area_.top + 12.0;
  for (const Entry& entry : legend_) {
    add(svg_, "<g transform=\"translate({:g} {:g})\">{}<text x=\"30\" y=\"4\">{}</text></g>\n", area_.right + 12.0, y,
        entry.sample, escape(entry.label));
    y += line_height;
  }
}

void Figure::Drawing::draw(const Line& line) {
  std::string path;
  for (const auto& piece : line.pieces) {
    bool pen_down = false;
    for (const Point& point : piece) {
      if (has(point)) add(path, "{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', x_.place(point.x), y_.place(point.y));
      pen_down = has(point);
    }
  }
  add(svg_, "<path d=\"{}\" fill=\"none\" stroke-linejoin=\"round\" stroke-linecap=\"round\" {}/>\n", path,
      stroke(line.options));
  if (line.options.label.empty()) return;
  legend_.push_back({line.options.label, fmt::format("<path d=\"M0 0H22\" {}/>", stroke(line.options))});
}

void Figure::Drawing::draw(const Points& points) {
  const PointOptions& options = points.options;
  const std::string colour = escape(options.colour);
  for (const Point& point : points.points) {
    if (has(point)) svg_ += marker(options.marker, x_.place(point.x), y_.place(point.y), options.radius, colour);
  }
  if (options.label.empty()) return;
  legend_.push_back({options.label, marker(options.marker, 11.0, 0.0, options.radius, colour)});
}

// Every number fills the cell around its place; neighbours of one colour in a row become one rectangle.
void Figure::Drawing::draw(const Heat& heat) {
  const Grid& grid = heat.grid;
  svg_ += "<g shape-rendering=\"crispEdges\">\n";
  for (std::size_t row = 0; row < grid.rows; ++row) {
    const double bottom = y_.place(grid.at(0.0, static_cast<double>(row) - 0.5).y);
    const double top = y_.place(grid.at(0.0, static_cast<double>(row) + 0.5).y);
    for (std::size_t column = 0, end = 0; column < grid.columns; column = end) {
      const std::string colour = heat_colour(grid.values[row * grid.columns + column], heat.options);
      for (end = column + 1; end < grid.columns; ++end) {
        if (heat_colour(grid.values[row * grid.columns + end], heat.options) != colour) break;
      }
      const double left = x_.place(grid.at(static_cast<double>(column) - 0.5, 0.0).x);
      const double right = x_.place(grid.at(static_cast<double>(end) - 0.5, 0.0).x);
      add(svg_, "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\"/>\n", left, top,
          right - left, bottom - top, colour);
    }
  }
  svg_ += "</g>\n";
}

void Figure::Drawing::draw(const Note& note) {
  if (!has(note.at)) return;
  // White behind the letters keeps them readable where lines pass.
  add(svg_,
      "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\" stroke=\"#fff\" stroke-width=\"3\" "
      "paint-order=\"stroke\">{}</text>\n",
      x_.place(note.at.x), y_.place(note.at.y) - 8.0, escape(note.text));
}

std::string Figure::draw(double width, double height, std::string_view id) const {
  return Drawing{*this, width, height, id}.text();
}

}  // namespace examples
