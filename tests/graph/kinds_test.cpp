// What the planner makes of a contraction: whether it adds in place, and which layouts of its factors it takes.
#include <algorithm>
#include <cstdint>
#include <vector>

#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "plan/kinds.hpp"

using namespace capstan;

namespace {

using Role = Contraction::Role;

Contraction::Factor factor(std::initializer_list<Contraction::Axis> axes) {
  Contraction::Factor made;
  std::copy(axes.begin(), axes.end(), made.axes.begin());
  return made;
}

const Contraction matrices{factor({{Role::row, 0}, {Role::depth, 0}}), factor({{Role::depth, 0}, {Role::column, 0}})};

}  // namespace

TEST_CASE("a product is added in place if it has no stack, several rows and columns, and sums made in one part") {
  const auto adds = [](const Shape& a, const Shape& b) { return adds_in_place(sizes_of(matrices, a, b)); };
  CHECK(adds({2, 1}, {1, 2}));
  CHECK(adds({300, 512}, {512, 300}));
  CHECK_FALSE(adds({300, 513}, {513, 300}));
  CHECK_FALSE(adds({1, 512}, {512, 300}));
  CHECK_FALSE(adds({300, 512}, {512, 1}));
  CHECK_FALSE(adds({300, 0}, {0, 300}));
  const Contraction stack{factor({{Role::batch, 0}, {Role::row, 0}, {Role::depth, 0}}), matrices.b};
  CHECK_FALSE(adds_in_place(sizes_of(stack, {4, 3, 5}, {5, 6})));
  const Contraction rows{factor({{Role::row, 0}, {Role::row, 1}, {Role::depth, 0}}), matrices.b};
  CHECK(adds_in_place(sizes_of(rows, {1, 2, 5}, {5, 6})));
  CHECK(sizes_of(rows, {3, 2, 5}, {5, 6}).m == 6);
}

TEST_CASE("a factor is taken as it lies if the axes of each role can be counted as one, by their numbers") {
  const Contraction::Factor a = factor({{Role::row, 0}, {Role::row, 1}, {Role::depth, 0}});
  const Shape shape{2, 3, 4};
  CHECK(takes_layout(a, shape, {12, 4, 1}));
  CHECK(takes_layout(a, shape, {3, 1, 6}));
  CHECK(takes_layout(a, shape, {-24, -8, -2}));
  CHECK(takes_layout(a, shape, {0, 0, 1}));
  CHECK_FALSE(takes_layout(a, shape, {4, 8, 1}));
  CHECK_FALSE(takes_layout(a, shape, {13, 4, 1}));
  CHECK(takes_layout(a, {1, 3, 4}, {77, 4, 1}));
  CHECK_FALSE(takes_layout(factor({{Role::row, 1}, {Role::row, 0}, {Role::depth, 0}}), shape, {12, 4, 1}));
  const Contraction::Factor stack = factor({{Role::batch, 0}, {Role::batch, 1}, {Role::depth, 0}});
  CHECK(takes_layout(stack, shape, {1, 50, 7}));
  CHECK(takes_any_layout(stack, 3));
  CHECK(takes_any_layout(matrices.a, 2));
  CHECK_FALSE(takes_any_layout(a, 3));
}

TEST_CASE("a factor's copy is taken, and has a place for every element, whatever the roles of its axes") {
  Rng rng{3};
  for (int turn = 0; turn < 500; ++turn) {
    const std::size_t rank = 1 + rng.below(6);
    std::array<std::vector<std::size_t>, 4> numbers;
    std::vector<std::int64_t> extents;
    Contraction::Factor made;
    for (std::size_t i = 0; i < rank; ++i) {
      const std::size_t role = rng.below(3);  // as of a: no column
      auto& taken = numbers[role == 2 ? 3 : role];
      made.axes[i] = {static_cast<Role>(role == 2 ? 3 : role), taken.size()};
      taken.push_back(i);
      extents.push_back(1 + static_cast<std::int64_t>(rng.below(4)));
    }
    for (auto& axes : numbers) {  // other numbers
      for (std::size_t i = axes.size(); i > 1; --i) std::swap(made.axes[axes[i - 1]], made.axes[axes[rng.below(i)]]);
    }
    const Shape shape{extents};
    const Strides strides = strides_of_copy(made, shape);
    CHECK(takes_layout(made, shape, strides));
    std::vector<bool> places(static_cast<std::size_t>(shape.elements()), false);
    for (std::int64_t n = 0; n < shape.elements(); ++n) {
      std::int64_t rest = n, place = 0;
      for (std::size_t i = 0; i < rank; rest /= shape[i++]) place += rest % shape[i] * strides[i];
      places.at(static_cast<std::size_t>(place)) = true;
    }
    CHECK(std::count(places.begin(), places.end(), true) == shape.elements());
  }
}
