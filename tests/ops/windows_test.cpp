#include <capstan/ops/windows.hpp>

#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "threads.hpp"
#include "window_loops.hpp"

using namespace capstan;

namespace {

/// Windows along some axes of a shape.
struct Geometry {
  Shape x;
  std::vector<std::int64_t> axes, size, stride, dilation;

  static Extents all(const std::vector<std::int64_t>& numbers) {
    return Extents{std::span<const std::int64_t>{numbers}};
  }
  WindowsOptions options() const {
    return {.axes = all(axes), .size = all(size), .stride = all(stride), .dilation = all(dilation)};
  }
  FoldWindowsOptions folding() const {
    std::vector<std::int64_t> extents;
    for (const std::int64_t axis : axes) extents.push_back(x[axis]);
    return {.axes = all(axes), .extents = all(extents), .stride = all(stride), .dilation = all(dilation)};
  }
  /// The position of x that is seen at a position of the windows.
  std::size_t source(const Position& at) const {
    Position from(at.begin(), at.begin() + static_cast<std::ptrdiff_t>(x.rank()));
    for (std::size_t k = 0; k < axes.size(); ++k) {
      std::int64_t& place =
          from[static_cast<std::size_t>(axes[k] < 0 ? axes[k] + static_cast<std::int64_t>(x.rank()) : axes[k])];
      place = place * stride[k] + at[x.rank() + k] * dilation[k];
    }
    return number_of(from, x);
  }
};

Geometry random_geometry(Rng& rng) {
  Geometry g;
  std::vector<std::int64_t> extents, free;
  for (std::int64_t i = draw(rng, 1, 4); i > 0; --i) extents.push_back(draw(rng, 1, 7));
  g.x = Shape(extents);
  const auto rank = static_cast<std::int64_t>(extents.size());
  for (std::int64_t i = 0; i < rank; ++i) free.push_back(i);
  for (std::int64_t count = draw(rng, 1, rank); count > 0; --count) {
    const auto chosen = static_cast<std::size_t>(draw(rng, 0, static_cast<std::int64_t>(free.size()) - 1));
    const std::int64_t axis = free[chosen];
    free.erase(free.begin() + static_cast<std::ptrdiff_t>(chosen));
    g.axes.push_back(draw(rng, 0, 1) == 0 ? axis : axis - rank);
    g.size.push_back(draw(rng, 1, std::min<std::int64_t>(g.x[axis], 4)));
    g.stride.push_back(draw(rng, 1, 4));
    const std::int64_t most = g.size.back() == 1 ? 5 : (g.x[axis] - 1) / (g.size.back() - 1);
    g.dilation.push_back(draw(rng, 1, most));
  }
  return g;
}

}  // namespace

TEST_CASE("windows puts places where the axes were and taps at the end, in the order in which the axes were named") {
  Tape tape;
  const Var x = tape.constant(counting({8}));
  const Var three = windows(x, {.axes = {0}, .size = {3}});
  REQUIRE(three.shape() == Shape{6, 3});
  REQUIRE(three.value().at({4, 2}) == 6.0);
  const Var image = tape.constant(counting({2, 8, 10}));
  const Var swapped = windows(image, {.axes = {2, 1}, .size = {4, 3}, .stride = {2, 1}});
  REQUIRE(swapped.shape() == Shape{2, 6, 4, 4, 3});
  REQUIRE(swapped.value().at({1, 5, 3, 2, 1}) == 80.0 + (5 + 1) * 10 + 3 * 2 + 2);
  REQUIRE(windows(x, {.axes = {0}, .size = {3}, .stride = {7}, .dilation = {3}}).shape() == Shape{1, 3});
  REQUIRE(elements(windows(x, {}).value()) == elements(counting({8})));
}

TEST_CASE("windows and its gradient agree with a direct loop over 400 random geometries") {
  Rng rng{31};
  for (int i = 0; i < 400; ++i) {
    const Geometry g = random_geometry(rng);
    const Tensor input = Tensor::normal(g.x, rng, {.dtype = DType::f64});
    const Numbers x = elements(input);
    Tape tape;
    const Shape shape = windows(tape.constant(input), g.options()).shape();
    INFO("geometry " << i << ": " << to_string(g.x) << " to " << to_string(shape));
    Numbers expected(static_cast<std::size_t>(shape.elements()));
    each_position(shape, [&](const Position& at, std::size_t number) { expected[number] = x[g.source(at)]; });
    const auto gradient_for = [&](const Numbers& dy) {
      Numbers dx(x.size());
      each_position(shape, [&](const Position& at, std::size_t number) { dx[g.source(at)] += dy[number]; });
      return dx;
    };
    check_with_gradient([&](const Var& v) { return windows(v, g.options()); }, input, expected, gradient_for);
    const Tensor taps = Tensor::normal(shape, rng, {.dtype = DType::f64});
    const auto gather = [&](const Numbers& dy) {
      Numbers dx(expected.size());
      each_position(shape, [&](const Position& at, std::size_t number) { dx[number] = dy[g.source(at)]; });
      return dx;
    };
    check_with_gradient([&](const Var& v) { return fold_windows(v, g.folding()); }, taps, gradient_for(elements(taps)),
                        gather);
  }
}

TEST_CASE("fold_windows takes any layout, and gives the same bits on any number of threads") {
  Rng rng{3};
  const Tensor t = Tensor::normal({3, 2, 60, 70, 40}, rng);
  std::vector<Tensor> results;
  for (const int count : {1, 2, 3}) {
    const Threads threads{count};
    Tape tape;
    const Var x = transpose(tape.constant(t), {2, 4, 3, 1, 0});  // (60, 40, 70, 2, 3)
    results.push_back(
        fold_windows(x, {.axes = {2, 0}, .extents = {72, 124}, .stride = {1, 2}, .dilation = {2, 2}}).value());
  }
  REQUIRE(results[0].shape() == Shape{124, 40, 72});
  REQUIRE(elements(results[1]) == elements(results[0]));
  REQUIRE(elements(results[2]) == elements(results[0]));
}

TEST_CASE("A refused windows or fold_windows says why and leaves no trace") {
  using Catch::ContainsSubstring;
  Tape tape;
  const Var x = tape.variable(counting({2, 6}), "x"), folded = tape.variable(counting({2, 4, 3}), "f");
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(windows(x, {.axes = {1}, .size = {7}}), ShapeError);
  REQUIRE_THROWS_WITH(
      windows(x, {.axes = {1}, .size = {3}, .dilation = {3}}),
      ContainsSubstring("windows: a window of 3 taps, 3 apart, must not be longer than axis 1, which has 6 "
                        "positions") &&
          ContainsSubstring("x: variable \"x\" (2, 6)") && ContainsSubstring("windows_test.cpp:"));
  REQUIRE_THROWS_AS(windows(x, {.axes = {1}, .size = {INT64_MAX}, .dilation = {INT64_MAX}}), ShapeError);
  REQUIRE_THROWS_AS(windows(x, {.axes = {1}, .size = {2}, .stride = {0}}), ValueError);
  REQUIRE_THROWS_WITH(windows(x, {.axes = {1}, .size = {2}, .stride = {0}}),
                      ContainsSubstring("stride must be at least 1, got 0 for axis 1"));
  REQUIRE_THROWS_WITH(windows(x, {.axes = {1}, .size = {0}}), ContainsSubstring("size must be at least 1, got 0"));
  REQUIRE_THROWS_WITH(windows(x, {.axes = {1}, .size = {2}, .dilation = {-1}}),
                      ContainsSubstring("dilation must be at least 1, got -1"));
  REQUIRE_THROWS_AS(windows(x, {.axes = {0, 1}, .size = {2}}), ValueError);
  REQUIRE_THROWS_WITH(windows(x, {.axes = {0, 1}, .size = {2}}),
                      ContainsSubstring("there must be one size for each of 2 axes, got 1: (2)"));
  REQUIRE_THROWS_AS(windows(x, {.axes = {2}, .size = {1}}), IndexError);
  REQUIRE_THROWS_WITH(windows(x, {.axes = {1, -1}, .size = {1, 1}}), ContainsSubstring("axis -1 is named twice"));
  REQUIRE_THROWS_WITH(windows(tape.constant(counting({1, 1, 1, 1, 1, 1, 1, 1})), {.axes = {1}, .size = {1}}),
                      ContainsSubstring("a tensor has at most 8 axes, got 8 and 1 of taps"));
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {1}, .extents = {7}}), ShapeError);
  REQUIRE_THROWS_WITH(
      fold_windows(folded, {.axes = {1}, .extents = {7}}),
      ContainsSubstring("fold_windows: axis 1 of extent 7 has 5 places for a window of 3 taps, 1 apart, "
                        "with stride 1, got 4"));
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {1}, .extents = {2}}), ShapeError);
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {1}, .extents = {-1}}), ValueError);
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {1}, .extents = {6}, .stride = {0}}), ValueError);
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {2}, .extents = {6}}), IndexError);
  REQUIRE_THROWS_AS(fold_windows(folded, {.axes = {0, 1}, .extents = {6, 6}}), ShapeError);
  const Var labels = tape.constant(counting({4, 3}, DType::i32));
  REQUIRE_THROWS_AS(fold_windows(labels, {.axes = {0}, .extents = {6}}), DTypeError);
  REQUIRE(windows(labels, {.axes = {0}, .size = {2}}).shape() == Shape{3, 3, 2});
  REQUIRE(tape.size() == before + 3);  // two leaves, and the windows of the labels
}
