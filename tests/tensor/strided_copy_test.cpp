#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/strided/copy.hpp>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

using namespace capstan;

namespace {

std::int64_t offset_of(std::int64_t element, const Shape& shape, const Strides& strides) {
  std::int64_t offset = 0;
  for (std::size_t i = shape.rank(); i-- > 0; element /= shape[i]) offset += element % shape[i] * strides[i];
  return offset;
}

// A layout of the shape with its axes in a random order in memory, gaps between them, and some counted backwards. Gives
// the offset of its first element and how many elements of memory it spans.
struct Layout {
  Strides strides;
  std::int64_t first = 0;
  std::int64_t span = 1;
};

Layout random_layout(const Shape& shape, Rng& rng, bool broadcasts) {
  std::vector<std::size_t> order(shape.rank());
  std::iota(order.begin(), order.end(), 0);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[rng.below(i)]);
  Layout layout{Strides(shape.rank(), 0)};
  for (const std::size_t axis : order) {
    if (broadcasts && rng.below(4) == 0) continue;
    const std::int64_t step = layout.span + (rng.below(3) == 0 ? 1 : 0);
    const bool backwards = rng.below(4) == 0;
    layout.strides[axis] = backwards ? -step : step;
    if (backwards) layout.first += step * (shape[axis] - 1);
    layout.span += step * (shape[axis] - 1);
  }
  return layout;
}

Shape random_shape(Rng& rng) {
  Strides extents(rng.below(5));
  for (std::int64_t& extent : extents) extent = 1 + static_cast<std::int64_t>(rng.below(rng.below(3) == 0 ? 40 : 4));
  return Shape(extents);
}

template <class T>
void compare_with_naive_loop(const Shape& shape, Rng& rng) {
  const Layout from = random_layout(shape, rng, true), to = random_layout(shape, rng, false);
  std::vector<T> source(static_cast<std::size_t>(from.span));
  std::iota(source.begin(), source.end(), T{1});
  std::vector<T> copied(static_cast<std::size_t>(to.span), T{0}), expected = copied;
  for (std::int64_t i = 0; i < shape.elements(); ++i)
    expected[static_cast<std::size_t>(to.first + offset_of(i, shape, to.strides))] =
        source[static_cast<std::size_t>(from.first + offset_of(i, shape, from.strides))];
  strided_copy(sizeof(T), shape, source.data() + from.first, from.strides, copied.data() + to.first, to.strides);
  INFO("shape " << to_string(shape));
  REQUIRE(copied == expected);
}

}  // namespace

TEST_CASE("A strided copy moves what a loop over all positions moves, and touches nothing else") {
  Rng rng{2024};
  for (int i = 0; i < 300; ++i) {
    compare_with_naive_loop<float>(random_shape(rng), rng);
    compare_with_naive_loop<double>(random_shape(rng), rng);
  }
}

TEST_CASE("A strided copy of no elements touches nothing") {
  double untouched = 3.0;
  strided_copy(sizeof(double), {3, 0}, nullptr, {0, 1}, &untouched, {0, 1});
  CHECK(untouched == 3.0);
}

TEST_CASE("A strided copy allocates nothing") {
  std::vector<float> from(60 * 70, 1.0f), to(60 * 70, 0.0f);
  const std::uint64_t before = counting_new::calls();
  strided_copy(sizeof(float), {60, 70}, from.data(), {1, 60}, to.data(), {70, 1});
  const std::uint64_t calls = counting_new::calls() - before;
  if (counting_new::works) CHECK(calls == 0);
  CHECK(to == from);
}

TEST_CASE("a large copy in parts is the whole copy") {
  Rng rng{23};
  for (const Shape& shape : {Shape{300'001}, Shape{1100, 700}, Shape{7, 900, 130}, Shape{2, 3, 80'000}}) {
    for (int round = 0; round < 6; ++round) {
      const Layout from = random_layout(shape, rng, true), to = random_layout(shape, rng, false);
      std::vector<double> source(static_cast<std::size_t>(from.span));
      std::iota(source.begin(), source.end(), 0.0);
      std::vector<double> whole(static_cast<std::size_t>(to.span), -1.0), parts = whole;
      strided_copy(8, shape, source.data() + from.first, from.strides, whole.data() + to.first, to.strides);
      strided_copy(8, shape, source.data() + from.first, from.strides, parts.data() + to.first, to.strides, 3);
      CHECK(parts == whole);
    }
  }
}
