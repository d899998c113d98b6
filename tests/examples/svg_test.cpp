#include "support/svg.hpp"

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <string>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "support/contour.hpp"
#include "support/svg_scale.hpp"

using namespace examples;

namespace {

std::vector<std::string> texts(const Scale& scale, int wanted) {
  std::vector<std::string> result;
  for (const Tick& tick : scale.ticks(wanted)) result.push_back(tick.text);
  return result;
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

}  // namespace

TEST_CASE("a scale puts its range where it belongs, upside down too") {
  const Scale scale{0.0, 10.0, 400.0, 100.0, false};
  CHECK(scale.place(0.0) == 400.0);
  CHECK(scale.place(10.0) == 100.0);
  CHECK(scale.place(5.0) == 250.0);
  const Scale logarithmic{1.0, 100.0, 0.0, 100.0, true};
  CHECK(logarithmic.place(10.0) == Approx(50.0));
}

TEST_CASE("ticks are round numbers within the range") {
  CHECK(texts({0.0, 1.0, 0.0, 1.0, false}, 5) == std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1"});
  CHECK(texts({-4.0, 4.0, 0.0, 1.0, false}, 4) == std::vector<std::string>{"−4", "−2", "0", "2", "4"});
  CHECK(texts({0.0, 200.0, 0.0, 1.0, false}, 7) == std::vector<std::string>{"0", "50", "100", "150", "200"});
}

TEST_CASE("a logarithmic axis has ticks at powers of ten, and between them where it is short") {
  CHECK(texts({0.01, 10.0, 0.0, 1.0, true}, 5) == std::vector<std::string>{"0.01", "0.1", "1", "10"});
  CHECK(texts({1.0, 20.0, 0.0, 1.0, true}, 5) == std::vector<std::string>{"1", "2", "5", "10", "20"});
}

TEST_CASE("a scale without an extent, or without numbers, is widened") {
  const Scale point{3.0, 3.0, 0.0, 100.0, false};
  CHECK(point.place(3.0) == Approx(50.0));
  const double infinity = std::numeric_limits<double>::infinity();
  const Scale nothing{infinity, -infinity, 0.0, 100.0, false};
  CHECK(nothing.low() == 0.0);
  CHECK(nothing.high() == 1.0);
  const Scale below_zero{-1.0, 0.0, 0.0, 100.0, true};
  CHECK(below_zero.low() == 1.0);
}

TEST_CASE("a figure has its title, axes and legend, escaped") {
  Figure figure{"a < b & c", {.label = "x > 0"}, {.label = "\"y\""}};
  figure.line({{0.0, 0.0}, {1.0, 1.0}}, {.label = "<line>"});
  const std::string svg = to_svg({figure});
  CHECK_THAT(svg, Catch::ContainsSubstring("a &lt; b &amp; c"));
  CHECK_THAT(svg, Catch::ContainsSubstring("x &gt; 0"));
  CHECK_THAT(svg, Catch::ContainsSubstring("&quot;y&quot;"));
  CHECK_THAT(svg, Catch::ContainsSubstring("&lt;line&gt;"));
  CHECK(svg.find("<line>") == std::string::npos);
  CHECK(svg.find("</svg>\n") == svg.size() - 7);
}

TEST_CASE("a line breaks where a number is not finite, or not above 0 on a logarithmic axis") {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Figure linear{"", {}, {}};
  linear.line({{0.0, 1.0}, {1.0, 2.0}, {2.0, nan}, {3.0, 2.0}, {4.0, 1.0}}, {.colour = "#123456"});
  const std::string drawn = to_svg({linear});
  const std::size_t end = drawn.find("stroke=\"#123456\"");
  const std::size_t start = drawn.rfind("<path", end);
  CHECK(count(drawn.substr(start, end - start), "M") == 2);
  CHECK(count(drawn, "nan") == 0);

  Figure logarithmic{"", {}, {.logarithmic = true}};
  logarithmic.line({{0.0, 1.0}, {1.0, 0.0}, {2.0, 10.0}, {3.0, -1.0}});
  CHECK(count(to_svg({logarithmic}), "nan") == 0);
  CHECK(count(to_svg({logarithmic}), "inf") == 0);
}

TEST_CASE("every kind of marker is drawn, and an empty figure too") {
  Figure figure{"", {}, {}};
  figure.points({{0.0, 0.0}, {1.0, 1.0}}, {.colour = "#00aa00"});
  figure.points({{0.0, 1.0}}, {.marker = Marker::ring}).points({{1.0, 0.0}}, {.marker = Marker::cross});
  const std::string svg = to_svg({figure});
  CHECK(count(svg, "<circle") == 3);
  CHECK(count(svg, "fill=\"#00aa00\"") == 2);
  CHECK_THAT(to_svg({Figure{"nothing", {}, {.logarithmic = true}}}), Catch::ContainsSubstring("nothing"));
}

TEST_CASE("figures stand side by side, each with a clip path of its own") {
  const std::vector<Figure> three(3, Figure{"", {}, {}});
  const std::string svg = to_svg(three, {.columns = 2, .width = 100.0, .height = 80.0});
  CHECK_THAT(svg, Catch::ContainsSubstring("viewBox=\"0 0 200 160\""));
  CHECK_THAT(svg, Catch::ContainsSubstring("translate(100 0)"));
  CHECK_THAT(svg, Catch::ContainsSubstring("translate(0 80)"));
  for (const char* id : {"id=\"area0\"", "id=\"area1\"", "id=\"area2\""}) CHECK(count(svg, id) == 1);
}

TEST_CASE("neighbours of the same colour in a heat map are one rectangle") {
  Figure figure{"", {}, {}};
  figure.heat({.low = {0.0, 0.0}, .high = {1.0, 1.0}, .columns = 4, .rows = 2, .values = {0, 0, 1, 1, 1, 1, 1, 1}});
  const std::string svg = to_svg({figure});
  const std::size_t start = svg.find("crispEdges");
  const std::size_t end = svg.find("</g>", start);
  CHECK(count(svg.substr(start, end - start), "<rect") == 3);
}

TEST_CASE("a heat map whose numbers do not fill its grid is refused") {
  Figure figure{"", {}, {}};
  CHECK_THROWS_AS(figure.heat({.columns = 2, .rows = 2, .values = {1.0}}), capstan::ShapeError);
  CHECK_THROWS_WITH(figure.heat({.columns = 2, .rows = 2, .values = {1.0}}),
                    "heat: a grid of 2 rows and 2 columns needs as many values, got 1");
}

TEST_CASE("a contour runs where the level is, by linear interpolation") {
  // Values rise from 0 to 1 along x: the level 0.25 is at x = 0.25 in both rows of cells.
  const Grid grid{.low = {0.0, 0.0}, .high = {1.0, 2.0}, .columns = 2, .rows = 3, .values = {0, 1, 0, 1, 0, 1}};
  const auto pieces = contour(grid, 0.25);
  REQUIRE(pieces.size() == 2);
  for (const auto& piece : pieces) {
    REQUIRE(piece.size() == 2);
    for (const Point& point : piece) CHECK(point.x == Approx(0.25));
  }
}

TEST_CASE("a saddle gives two pieces of contour, and a number that is not finite none") {
  const Grid saddle{.low = {0.0, 0.0}, .high = {1.0, 1.0}, .columns = 2, .rows = 2, .values = {1, 0, 0, 1}};
  CHECK(contour(saddle, 0.5).size() == 2);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Grid hole{.low = {0.0, 0.0}, .high = {1.0, 1.0}, .columns = 2, .rows = 2, .values = {1, 0, nan, 1}};
  CHECK(contour(hole, 0.5).empty());
}

TEST_CASE("a file is written whole over what was there") {
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "capstan_svg_test.svg";
  write_file(path, "a long text that was there before");
  write_file(path, "short");
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  CHECK(text == "short");
  std::filesystem::remove(path);
}

TEST_CASE("a file that cannot be written is an error that names it and says why") {
  CHECK_THROWS_AS(write_file("/nonexistent/a.svg", ""), capstan::IoError);
  CHECK_THROWS_WITH(write_file("/nonexistent/a.svg", ""), "cannot write /nonexistent/a.svg: No such file or directory");
  CHECK_THROWS_WITH(write_file("/dev/full", "text"), "cannot write /dev/full: No space left on device");
}
