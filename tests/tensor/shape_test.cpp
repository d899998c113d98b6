#include <capstan/tensor/error.hpp>
#include <capstan/tensor/shape.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

Shape shape_of(const std::vector<std::int64_t>& extents) { return Shape(extents); }

std::vector<std::int64_t> list(const Strides& strides) { return {strides.begin(), strides.end()}; }

using Numbers = std::vector<std::int64_t>;
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("A shape of rank 0 has one element, and one with an extent of 0 has none") {
  CHECK(Shape{}.rank() == 0);
  CHECK(Shape{}.elements() == 1);
  CHECK(Shape{3, 0, 4}.elements() == 0);
  CHECK(Shape{3, 5, 4}.elements() == 60);
  CHECK(Shape{3, 5, 4}[1] == 5);
}

TEST_CASE("An extent is read by its axis, counted from the end if negative, and an axis that is not there is refused") {
  const Shape shape{3, 5, 4};
  CHECK(shape[-1] == 4);
  CHECK(shape[-3] == 3);
  CHECK(shape[std::size_t{2}] == 4);
  CHECK(shape[std::uint8_t{1}] == 5);
  for (const std::int64_t axis : {std::int64_t{3}, std::int64_t{-4}, std::int64_t{100}, most, -most - 1}) {
    CHECK_THROWS_AS(shape[axis], IndexError);
  }
  CHECK_THROWS_AS(shape[std::size_t{0} - 1], IndexError);
  CHECK_THROWS_AS(Shape{}[0], IndexError);
  CHECK_THROWS_AS(Shape{}[-1], IndexError);
  CHECK_THROWS_WITH(
      (Shape{2, 3}[5]),
      ContainsSubstring("shape: axis 5 is out of range for shape (2, 3) of rank 2\n  at shape_test.cpp:"));
}

TEST_CASE("A stride is read by its axis as an extent is") {
  const Strides strides = row_major(Shape{3, 5, 4});
  CHECK(strides[0] == 20);
  CHECK(strides[-1] == 1);
  CHECK(strides[std::size_t{1}] == 4);
  for (const std::int64_t axis : {std::int64_t{3}, std::int64_t{-4}, most, -most - 1}) {
    CHECK_THROWS_AS(strides[axis], IndexError);
  }
  CHECK_THROWS_WITH(Strides{}[0],
                    ContainsSubstring("strides: axis 0 is out of range for rank 0\n  at shape_test.cpp:"));
}

TEST_CASE("A shape is made of a range of any integral type") {
  const Shape shape{3, 5, 4};
  CHECK(Shape(std::vector<std::int32_t>{3, 5, 4}) == shape);
  CHECK(Shape(std::vector<std::size_t>{3, 5, 4}) == shape);
  CHECK(Shape(std::array<std::uint8_t, 3>{3, 5, 4}) == shape);
  CHECK(Shape(std::deque<long>{3, 5, 4}) == shape);
  CHECK(Shape(Strides{3, 5, 4}) == shape);
  std::int64_t extents[] = {3, 5, 4};
  CHECK(Shape(extents) == shape);
  CHECK(Shape(std::span{extents}) == shape);
  CHECK(Shape{std::vector<int>{}} == Shape{});
  CHECK_FALSE(std::is_constructible_v<Shape, std::vector<double>>);
  CHECK_FALSE(std::is_convertible_v<std::vector<int>, Shape>);
}

TEST_CASE("A range that makes no shape is refused as extents in braces are, with the line") {
  CHECK_THROWS_WITH(Shape(std::vector<int>{3, -5}),
                    ContainsSubstring("shape (3, -5) has a negative extent, -5\n  at shape_test.cpp:"));
  CHECK_THROWS_WITH(
      Shape(std::vector<std::size_t>{3, std::numeric_limits<std::size_t>::max()}),
      ContainsSubstring("shape: an extent must fit 63 bits, got 18446744073709551615\n  at shape_test.cpp:"));
  CHECK_THROWS_WITH(Shape(std::vector<int>(10, 1)), ContainsSubstring("has 10 axes, the most is 8\n  at "));
}

TEST_CASE("A shape that was moved from is as it was") {
  Shape a{3, 4};
  const Shape b = std::move(a);
  CHECK(b == Shape{3, 4});
  CHECK(a == Shape{3, 4});
}

TEST_CASE("Shapes are equal when rank and extents are") {
  CHECK(Shape{3, 4} == Shape{3, 4});
  CHECK_FALSE(Shape{3, 4} == Shape{4, 3});
  CHECK_FALSE(Shape{3} == Shape{3, 1});
  CHECK(Shape{} == Shape{});
}

TEST_CASE("A shape prints as its extents in parentheses") {
  CHECK(to_string(Shape{}) == "()");
  CHECK(to_string(Shape{3}) == "(3)");
  CHECK(to_string(Shape{3, 0, 5}) == "(3, 0, 5)");
}

TEST_CASE("A negative extent is refused by shape, number and line") {
  CHECK_THROWS_AS((Shape{2, -3}), ShapeError);
  CHECK_THROWS_WITH((Shape{2, -3}), ContainsSubstring("shape (2, -3) has a negative extent, -3\n  at shape_test.cpp:"));
  CHECK_THROWS_WITH((Shape{0, -1}), ContainsSubstring("shape (0, -1) has a negative extent, -1"));
}

TEST_CASE("More than 8 axes are refused") {
  CHECK(Shape{1, 2, 1, 2, 1, 2, 1, 2}.elements() == 16);
  CHECK_THROWS_AS((Shape{1, 1, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  CHECK_THROWS_WITH((Shape{1, 1, 1, 1, 1, 1, 1, 1, 2}),
                    ContainsSubstring("shape (1, 1, 1, 1, 1, 1, 1, 1, 2) has 9 axes, the most is 8\n  at "));
}

TEST_CASE("Extents whose product leaves 63 bits are refused, also beside an extent of 0") {
  const std::int64_t half = std::int64_t{1} << 62;
  CHECK(Shape{most}.elements() == most);
  CHECK(Shape{half, 1}.elements() == half);
  CHECK(Shape{half, 0}.elements() == 0);
  CHECK_THROWS_AS((Shape{half, 2}), ShapeError);
  CHECK_THROWS_WITH(
      (Shape{half, 2}),
      ContainsSubstring("shape (4611686018427387904, 2): the product of the extents does not fit 63 bits"));
  CHECK_THROWS_AS((Shape{0, half, 2}), ShapeError);  // its strides would overflow
  CHECK_THROWS_AS((Shape{half, 4, 0}), ShapeError);
}

TEST_CASE("Row-major strides count the elements of the later axes") {
  CHECK(list(row_major(Shape{3, 4, 5})) == Numbers{20, 5, 1});
  CHECK(list(row_major(Shape{})) == Numbers{});
  CHECK(list(row_major(Shape{3, 0, 5})) == Numbers{5, 5, 1});
}

TEST_CASE("Axes broadcast from the last where extents are equal or 1") {
  struct Case {
    Shape a, b, expected;
  };
  const std::vector<Case> cases{
      {{3, 4}, {3, 4}, {3, 4}},       {{3, 4}, {1, 4}, {3, 4}}, {{3, 4}, {3, 1}, {3, 4}},
      {{3, 4}, {}, {3, 4}},           {{3, 4}, {4}, {3, 4}},    {{3, 1}, {1, 4}, {3, 4}},
      {{2, 1, 4}, {3, 1}, {2, 3, 4}}, {{0, 3}, {1, 3}, {0, 3}}, {{0}, {1}, {0}},
  };
  for (const auto& [a, b, expected] : cases) {
    INFO(to_string(a) << " with " << to_string(b));
    Shape result;
    CHECK((broadcast(a, b, result) && result == expected));
    CHECK((broadcast(b, a, result) && result == expected));
  }
}

TEST_CASE("Extents that differ and are not 1 do not broadcast") {
  Shape result{7};
  CHECK_FALSE(broadcast({3, 4}, {3}, result));
  CHECK_FALSE(broadcast({0}, {3}, result));
  CHECK_FALSE(broadcast({2, 3, 4}, {3, 3, 4}, result));
  CHECK(result == Shape{7});
}

TEST_CASE("Shapes whose broadcast no tensor can have do not broadcast") {
  const std::int64_t long_axis = std::int64_t{1} << 40;
  Shape result{7};
  CHECK_FALSE(broadcast({long_axis, 1}, {1, long_axis}, result));
  CHECK_FALSE(broadcast({long_axis, 1, 0}, {1, long_axis, 0}, result));
  CHECK(result == Shape{7});
}

TEST_CASE("Negative axes count from the end") {
  std::size_t axis = 99;
  CHECK((normalise_axis(0, 3, axis) && axis == 0));
  CHECK((normalise_axis(-1, 3, axis) && axis == 2));
  CHECK((normalise_axis(-3, 3, axis) && axis == 0));
  CHECK_FALSE(normalise_axis(3, 3, axis));
  CHECK_FALSE(normalise_axis(-4, 3, axis));
  CHECK_FALSE(normalise_axis(0, 0, axis));
  CHECK_FALSE(normalise_axis(std::numeric_limits<std::int64_t>::min(), 3, axis));
}

namespace {

// What reshape_strides says of the row-major memory of `base`, seen through `strides` of shape `from`, for the shape
// `to`: every position must lead to the same element as before.
void check_same_elements(const Shape& from, const Strides& strides, const Shape& to, const Strides& result) {
  const Strides old_units = row_major(from), new_units = row_major(to);
  for (std::int64_t i = 0; i < from.elements(); ++i) {
    std::int64_t before = 0, after = 0;
    for (std::size_t axis = 0; axis < from.rank(); ++axis) before += i / old_units[axis] % from[axis] * strides[axis];
    for (std::size_t axis = 0; axis < to.rank(); ++axis) after += i / new_units[axis] % to[axis] * result[axis];
    REQUIRE(before == after);
  }
}

}  // namespace

TEST_CASE("Strides of a reshape lead to the same elements in the same order") {
  struct Case {
    Shape from;
    Strides strides;
    Shape to;
    bool possible;
  };
  const std::vector<Case> cases{
      {{3, 4}, {4, 1}, {12}, true},        {{3, 4}, {4, 1}, {2, 6}, true},
      {{12}, {1}, {1, 3, 1, 4, 1}, true},  {{3, 4}, {1, 3}, {12}, false},  // transposed
      {{3, 4}, {1, 3}, {3, 2, 2}, true},                                   // transposed, but only one axis is split
      {{3, 4}, {0, 1}, {12}, false},                                       // broadcast along axis 0
      {{3, 4}, {0, 0}, {2, 6}, true},                                      // one element everywhere
      {{3, 1, 4}, {8, 77, 2}, {12}, true},  // every second element; the stride of extent 1 means nothing
      {{4, 3}, {6, 1}, {12}, false},        // half of each row
      {{4, 3}, {6, 1}, {2, 2, 3}, true},   {{1, 1}, {5, 9}, {}, true},
      {{}, {}, {1, 1, 1}, true},           {{2, 3, 2}, {-6, 2, 1}, {2, 6}, true},  // backwards
      {{2, 3}, {3, 1}, {7}, false},        {{2, 0}, {1, 1}, {0, 5, 3}, true},
  };
  for (const auto& [from, strides, to, possible] : cases) {
    INFO(to_string(from) << " to " << to_string(to));
    Strides result;
    REQUIRE(reshape_strides(from, strides, to, result) == possible);
    if (possible) check_same_elements(from, strides, to, result);
  }
}

TEST_CASE("A shape can be made of a span") {
  CHECK(shape_of({2, 3}) == Shape{2, 3});
  CHECK_THROWS_AS(shape_of(Numbers(9, 1)), ShapeError);
}
