#include <capstan/tensor/strided/axes.hpp>
#include <capstan/tensor/strided/walk.hpp>

#include <cstdint>
#include <cstdlib>
#include <vector>

#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

using Axes = StridedAxes<2>;
using Offsets = std::vector<std::int64_t>;

Axes axes_of(std::initializer_list<StridedAxis<2>> list) {
  Axes axes;
  for (const StridedAxis<2>& axis : list) axes.push(axis);
  return axes;
}

Axes random_axes(Rng& rng) {
  Axes axes;
  const std::uint64_t count = rng.below(5);
  const auto step = [&rng] { return static_cast<std::int64_t>(rng.below(9)) - 4; };
  for (std::uint64_t i = 0; i < count; ++i)
    axes.push({1 + static_cast<std::int64_t>(rng.below(4)), {step(), step()}, rng.below(2) == 0});
  return axes;
}

std::int64_t naive_offset(const Axes& axes, std::int64_t element, std::size_t operand) {
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < axes.size; element /= axes.extent(i++))
    offset += element % axes.extent(i) * axes.step(i, operand);
  return offset;
}

Offsets offsets(const Axes& axes, std::size_t operand) {
  Offsets all;
  StridedWalk at{axes};
  for (std::int64_t i = 0; i < axes.elements(); ++i, at.next()) all.push_back(at.offset(operand));
  return all;
}

}  // namespace

TEST_CASE("a walk visits every position, the innermost axis fastest, for all operands at once") {
  CHECK(offsets(axes_of({{3, {1, 0}, false}, {2, {10, -5}, false}}), 0) == Offsets{0, 1, 2, 10, 11, 12});
  CHECK(offsets(axes_of({{3, {1, 0}, false}, {2, {10, -5}, false}}), 1) == Offsets{0, 0, 0, -5, -5, -5});
  CHECK(offsets(Axes{}, 0) == Offsets{0});
}

TEST_CASE("a walk that begins anywhere goes on as one from the beginning does") {
  Rng rng{7};
  for (int round = 0; round < 200; ++round) {
    const Axes axes = random_axes(rng);
    const auto begin = static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(axes.elements())));
    StridedWalk at{axes, begin};
    for (std::int64_t i = begin; i < axes.elements(); ++i, at.next()) {
      REQUIRE(at.offset(0) == naive_offset(axes, i, 0));
      REQUIRE(at.offset(1) == naive_offset(axes, i, 1));
    }
  }
}

TEST_CASE("a walk steps over positions of an outer axis, from within the inner ones") {
  const Axes axes = axes_of({{4, {1, 1}, false}, {5, {4, 8}, false}, {3, {20, 40}, false}});
  StridedWalk at{axes, 6};
  CHECK(at.left(0) == 2);
  CHECK(at.left(1) == 4);
  at.next(1, 2);
  CHECK(at.offset(0) == 12);
  CHECK(at.offset(1) == 24);
  CHECK(at.left(0) == 4);
  at.next(1, 2);
  CHECK(at.offset(0) == 20);
  CHECK(at.offset(1) == 40);
  at.next(0, 3);
  CHECK(at.offset(0) == 23);
}

TEST_CASE("joined axes are walked in the same order, and those that can be counted through as one are one") {
  Axes matrix = axes_of({{4, {1, 2}, false}, {3, {4, 8}, false}, {2, {12, 24}, false}});
  matrix.join();
  REQUIRE(matrix.size == 1);
  CHECK(matrix.extent(0) == 24);
  Axes column = axes_of({{4, {1, 0}, false}, {3, {4, 1}, false}, {2, {12, 3}, false}});
  column.join();
  REQUIRE(column.size == 2);
  CHECK(column.extent(1) == 6);
  Rng rng{11};
  for (int round = 0; round < 300; ++round) {
    Axes axes = random_axes(rng);
    const Offsets first = offsets(axes, 0), second = offsets(axes, 1);
    axes.join();
    REQUIRE(offsets(axes, 0) == first);
    REQUIRE(offsets(axes, 1) == second);
  }
}

TEST_CASE("axes of different tags are not joined") {
  Axes axes = axes_of({{4, {1, 0}, true}, {3, {4, 0}, false}, {2, {12, 0}, false}});
  axes.join();
  REQUIRE(axes.size == 2);
  CHECK(axes.extent(0) == 4);
  CHECK(axes.extent(1) == 6);
}

TEST_CASE("an axis is inserted outside of those that are as wide") {
  Axes axes;
  const auto width = [](const StridedAxis<2>& axis) { return std::abs(axis.steps[0]); };
  for (const std::int64_t step : {5, -1, 9, 1, -5})
    axes.insert({2, {step, static_cast<std::int64_t>(axes.size)}, false}, width);
  Offsets order;
  for (std::size_t i = 0; i < axes.size; ++i) order.push_back(axes.step(i, 1));
  CHECK(order == Offsets{1, 3, 0, 4, 2});
}

TEST_CASE("the position of an element is counted row-major") {
  const Shape shape{2, 3, 4};
  const auto position = position_of(17, shape);
  CHECK(std::vector<std::int64_t>(position.begin(), position.end()) == std::vector<std::int64_t>{1, 1, 1});
  CHECK(position_of(0, Shape{}).empty());
}
