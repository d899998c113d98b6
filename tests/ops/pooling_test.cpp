#include <capstan/ops/pooling.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/images.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/windows.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "threads.hpp"
#include "window_loops.hpp"

using namespace capstan;

namespace {

/// A pooling of so many spatial axes; of an adaptive one, `kernel` is the size.
struct Geometry {
  Shape x, y;
  std::vector<std::int64_t> kernel, stride, padding;
  bool is_adaptive, counts_padding;

  static Extents all(const std::vector<std::int64_t>& numbers) {
    return Extents{std::span<const std::int64_t>{numbers}};
  }

  Var max(const Var& v) const {
    const std::size_t axes = kernel.size();
    if (is_adaptive) {
      const AdaptivePoolOptions o{.size = all(kernel)};
      return axes == 1 ? adaptive_max_pool1d(v, o) : axes == 2 ? adaptive_max_pool2d(v, o) : adaptive_max_pool3d(v, o);
    }
    const MaxPoolOptions o{.kernel = all(kernel), .stride = all(stride), .padding = all(padding)};
    return axes == 1 ? max_pool1d(v, o) : axes == 2 ? max_pool2d(v, o) : max_pool3d(v, o);
  }
  Var average(const Var& v) const {
    const std::size_t axes = kernel.size();
    if (is_adaptive) {
      const AdaptivePoolOptions o{.size = all(kernel)};
      return axes == 1 ? adaptive_avg_pool1d(v, o) : axes == 2 ? adaptive_avg_pool2d(v, o) : adaptive_avg_pool3d(v, o);
    }
    const AvgPoolOptions o{
        .kernel = all(kernel), .stride = all(stride), .padding = all(padding), .count_include_pad = counts_padding};
    return axes == 1 ? avg_pool1d(v, o) : axes == 2 ? avg_pool2d(v, o) : avg_pool3d(v, o);
  }

  /// Calls f(position of x) for all of the window at a position of y, outside of the padding.
  template <class F>
  void each_in_window(const Position& at, F f) const {
    Position first = at, size(at.size(), 1);
    for (std::size_t k = 0; k < kernel.size(); ++k) {
      const std::int64_t i = at[k + 2], n = x[k + 2], s = kernel[k];
      first[k + 2] = is_adaptive ? i * n / s : i * stride[k] - padding[k];
      size[k + 2] = is_adaptive ? ((i + 1) * n + s - 1) / s - i * n / s : s;
    }
    const std::vector<std::int64_t> extents(size.begin(), size.end());
    samples_of(Shape(extents), first, f);
  }

  std::int64_t count(const Position& at) const {
    std::int64_t positions = 0;
    each_in_window(at, [&](std::size_t) { ++positions; });
    if (is_adaptive || !counts_padding) return positions;
    std::int64_t all_taps = 1;
    for (const std::int64_t taps : kernel) all_taps *= taps;
    return all_taps;
  }

 private:
  template <class F>
  void samples_of(const Shape& window, const Position& first, F f) const {
    each_position(window, [&](const Position& offset, std::size_t) {
      Position from = first;
      bool inside = true;
      for (std::size_t k = 0; k < from.size(); ++k) {
        from[k] += offset[k];
        inside = inside && from[k] >= 0 && from[k] < x[k];
      }
      if (inside) f(number_of(from, x));
    });
  }
};

Geometry random_geometry(Rng& rng, std::size_t axes) {
  Geometry g;
  g.is_adaptive = draw(rng, 0, 3) == 0;
  g.counts_padding = draw(rng, 0, 1) == 0;
  std::vector<std::int64_t> extents{draw(rng, 0, 3), draw(rng, 1, 3)}, results = extents;
  for (std::size_t k = 0; k < axes; ++k) {
    const std::int64_t n = draw(rng, 1, axes == 3 ? 7 : 24);
    extents.push_back(n);
    const std::int64_t kernel = g.is_adaptive ? draw(rng, 1, n + 2) : draw(rng, 1, std::min<std::int64_t>(n, 5));
    g.kernel.push_back(kernel);
    g.stride.push_back(draw(rng, 0, 1) == 0 ? kernel : draw(rng, 1, 4));
    g.padding.push_back(draw(rng, 0, 1) == 0 ? 0 : draw(rng, 0, kernel / 2));
    results.push_back(g.is_adaptive ? kernel : (n + 2 * g.padding[k] - kernel) / g.stride[k] + 1);
  }
  g.x = Shape(extents);
  g.y = Shape(results);
  return g;
}

void check_max(const Geometry& g, const Tensor& input) {
  const Numbers x = elements(input);
  Numbers expected;
  std::vector<std::size_t> winners;
  each_position(g.y, [&](const Position& at, std::size_t) {
    bool is_first = true;
    std::size_t winner = 0;
    g.each_in_window(at, [&](std::size_t i) {
      if (is_first || x[i] > x[winner]) winner = i;
      is_first = false;
    });
    expected.push_back(x[winner]);
    winners.push_back(winner);
  });
  const auto gradient_for = [&](const Numbers& dy) {
    Numbers dx(x.size());
    for (std::size_t i = 0; i < dy.size(); ++i) dx[winners[i]] += dy[i];
    return dx;
  };
  check_with_gradient([&](const Var& v) { return g.max(v); }, input, expected, gradient_for);
}

void check_average(const Geometry& g, const Tensor& input) {
  const Numbers x = elements(input);
  Numbers expected;
  each_position(g.y, [&](const Position& at, std::size_t) {
    double sum = 0;
    g.each_in_window(at, [&](std::size_t i) { sum += x[i]; });
    expected.push_back(sum / static_cast<double>(g.count(at)));
  });
  const auto gradient_for = [&](const Numbers& dy) {
    Numbers dx(x.size());
    each_position(g.y, [&](const Position& at, std::size_t number) {
      g.each_in_window(at, [&](std::size_t i) { dx[i] += dy[number] / static_cast<double>(g.count(at)); });
    });
    return dx;
  };
  check_with_gradient([&](const Var& v) { return g.average(v); }, input, expected, gradient_for);
}

}  // namespace

TEST_CASE("max and average pooling agree with a direct loop over 300 random geometries in 1, 2 and 3 dimensions") {
  Rng rng{51};
  for (const std::size_t axes : {1u, 2u, 3u}) {
    for (int i = 0; i < 300; ++i) {
      const Geometry g = random_geometry(rng, axes);
      INFO(axes << " axes, geometry " << i << ": " << to_string(g.x) << " to " << to_string(g.y));
      Tensor input = Tensor::normal(g.x, rng, {.dtype = DType::f64});
      for (double& element : input.mutable_data<double>()) element = std::round(3 * element);  // with ties
      check_max(g, input);
      check_average(g, input);
    }
  }
}

TEST_CASE("in a tie the first element of a window is the winner, at second order as well") {
  Tape tape;
  const Var x = tape.variable(Tensor::full({1, 1, 2, 4}, 3.0, DType::f64));
  const Var y = max_pool2d(x, {.kernel = {2, 2}});
  REQUIRE(elements(gradient(y, x).value()) == Numbers{1, 0, 1, 0, 0, 0, 0, 0});
  const Var dx = gradient(sum(y * y * y), x);
  REQUIRE(elements(gradient(sum(dx), x).value()) == Numbers{18, 0, 18, 0, 0, 0, 0, 0});
}

TEST_CASE("the value of max pooling may be read before its gradient, and its gradient alone") {
  Rng rng{2};
  const Tensor images = Tensor::normal({2, 3, 6, 6}, rng);
  Tape tape, other;
  const Var x = tape.variable(images), z = other.variable(images);
  const Var y = max_pool2d(x, {.kernel = {3, 3}, .stride = {1, 1}});
  const Numbers value = elements(y.value());
  const Var w = max_pool2d(z, {.kernel = {3, 3}, .stride = {1, 1}});
  REQUIRE(elements(gradient(sum(y * y), x).value()) == elements(gradient(sum(w * w), z).value()));
  REQUIRE(value == elements(w.value()));
}

TEST_CASE("pooling of special numbers") {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, nan, -inf, -inf, inf, 2.0, inf, -inf}, {1, 1, 8}));
  const Var y = max_pool1d(x, {.kernel = {2}}), mean = avg_pool1d(x, {.kernel = {2}});
  const Numbers largest = elements(y.value()), means = elements(mean.value());
  REQUIRE(std::isnan(largest[0]));
  REQUIRE(Numbers(largest.begin() + 1, largest.end()) == Numbers{-inf, inf, inf});
  REQUIRE(elements(gradient(y, x).value()) == Numbers{0, 1, 1, 0, 1, 0, 1, 0});
  REQUIRE(std::isnan(means[0]));
  REQUIRE(std::isnan(means[3]));
  REQUIRE(means[1] == -inf);
  REQUIRE(means[2] == inf);
  REQUIRE(elements(gradient(mean, x).value()) == Numbers(8, 0.5));
  const Var dy = tape.constant(Tensor::from({inf, 1.0, nan, 2.0}, {1, 1, 4}));
  const Numbers dx = elements(gradient(y, x, dy).value());
  REQUIRE(dx[0] == 0);  // a gradient of infinity is no NaN beside the winner
  REQUIRE(dx[1] == inf);
  REQUIRE(dx[5] == 0);
  REQUIRE(std::isnan(dx[4]));
  // The padding is smaller than any number.
  const Var low =
      max_pool1d(tape.constant(Tensor::full({1, 1, 3}, -7.0)), {.kernel = {2}, .stride = {1}, .padding = {1}});
  REQUIRE(elements(low.value()) == Numbers(4, -7.0));
}

TEST_CASE("global pooling folds all places, and adaptive pooling to one place agrees with it") {
  Rng rng{6};
  Tape tape;
  const Var x = tape.constant(Tensor::normal({2, 3, 5, 7}, rng, {.dtype = DType::f64}));
  REQUIRE(global_avg_pool(x).shape() == Shape{2, 3, 1, 1});
  REQUIRE(elements(global_max_pool(x).value()) == elements(adaptive_max_pool2d(x, {.size = {1, 1}}).value()));
  const Numbers global = elements(global_avg_pool(x).value()),
                adaptive = elements(adaptive_avg_pool2d(x, {.size = {1, 1}}).value());
  for (std::size_t i = 0; i < global.size(); ++i) REQUIRE(global[i] == Approx(adaptive[i]).epsilon(1e-12));
  REQUIRE(flatten(global_avg_pool(x)).shape() == Shape{3, 2});
}

TEST_CASE("average pooling is the mean of windows of padded images") {
  Rng rng{7};
  Tape tape;
  const Var x = tape.constant(Tensor::normal({2, 3, 9, 8}, rng, {.dtype = DType::f64}));
  const Var padded = pad(x, {.axes = {2, 3}, .before = {1, 1}, .after = {1, 1}});
  const Var seen = windows(padded, {.axes = {2, 3}, .size = {3, 3}, .stride = {2, 2}});
  const Numbers means = elements(mean(seen, {.axes = {4, 5}}).value());
  const Numbers pooled = elements(avg_pool2d(x, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}).value());
  REQUIRE(means.size() == pooled.size());
  for (std::size_t i = 0; i < means.size(); ++i) REQUIRE(pooled[i] == Approx(means[i]).epsilon(1e-12));
}

TEST_CASE("pooling gives the same bits on any number of threads") {
  Rng rng{8};
  const Tensor images = Tensor::normal({8, 16, 57, 61}, rng);
  const auto run = [&](int count) {
    const Threads threads{count};
    Tape tape;
    const Var x = tape.variable(images);
    Numbers all;
    for (const Var& y :
         {max_pool2d(x, {.kernel = {2, 2}}), max_pool2d(x, {.kernel = {3, 3}, .stride = {2, 2}, .padding = {1, 1}}),
          avg_pool2d(x, {.kernel = {2, 2}}), avg_pool2d(x, {.kernel = {3, 3}, .stride = {1, 1}}),
          adaptive_avg_pool2d(x, {.size = {7, 7}})}) {
      for (const Var& v : {y, gradient(y, x, y)}) {
        const Numbers part = elements(v.value());
        all.insert(all.end(), part.begin(), part.end());
      }
    }
    return all;
  };
  const Numbers one = run(1);
  REQUIRE(run(2) == one);
  REQUIRE(run(5) == one);
}

TEST_CASE("A refused pooling says why and leaves no trace") {
  using Catch::ContainsSubstring;
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 3, 5, 6}), "x");
  const Var labels = tape.constant(counting({1, 1, 4, 4}, DType::i32)),
            none = tape.constant(Tensor::zeros({1, 1, 0, 4}));
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(max_pool2d(x, {.kernel = {6, 2}}), ShapeError);
  REQUIRE_THROWS_WITH(
      max_pool2d(x, {.kernel = {6, 2}}),
      ContainsSubstring("max_pool2d: a kernel of 6 must not be longer than axis 2, which has 5 positions and a "
                        "padding of 0 at either end") &&
          ContainsSubstring("x: variable \"x\" (2, 3, 5, 6)") && ContainsSubstring("pooling_test.cpp:"));
  REQUIRE_THROWS_WITH(
      avg_pool2d(x, {.kernel = {2, 10}, .padding = {0, 1}}),
      ContainsSubstring("avg_pool2d: a kernel of 10 must not be longer than axis 3, which has 6 positions and a "
                        "padding of 1 at either end"));
  REQUIRE_THROWS_AS(max_pool2d(x, {.kernel = {2, 2}, .stride = {0, 1}}), ValueError);
  REQUIRE_THROWS_WITH(max_pool2d(x, {.kernel = {2, 2}, .stride = {1, 0}}),
                      ContainsSubstring("stride must be at least 1, got 0 for axis 3"));
  REQUIRE_THROWS_WITH(max_pool2d(x, {.kernel = {0, 2}}),
                      ContainsSubstring("kernel must be at least 1, got 0 for axis 2"));
  REQUIRE_THROWS_WITH(max_pool2d(x, {.kernel = {2, 2}, .padding = {0, -1}}),
                      ContainsSubstring("padding must not be negative, got -1 for axis 3"));
  REQUIRE_THROWS_WITH(max_pool2d(x, {.kernel = {3, 2}, .padding = {2, 0}}),
                      ContainsSubstring("padding must be at most half the kernel of 3, got 2 for axis 2"));
  REQUIRE_THROWS_AS(max_pool2d(x, {.kernel = {2}}), ValueError);
  REQUIRE_THROWS_WITH(max_pool2d(x, {.kernel = {2, 2}, .stride = {1}}),
                      ContainsSubstring("there must be one stride for each of 2 axes, got 1: (1)"));
  REQUIRE_THROWS_AS(max_pool1d(x, {.kernel = {2}}), ShapeError);
  REQUIRE_THROWS_WITH(max_pool3d(x, {.kernel = {1, 1, 1}}),
                      ContainsSubstring("x must be (examples, channels, depth, height, width), got (2, 3, 5, 6)"));
  REQUIRE_THROWS_AS(avg_pool2d(labels, {.kernel = {2, 2}}), DTypeError);
  REQUIRE_THROWS_WITH(max_pool2d(none, {.kernel = {1, 1}}), ContainsSubstring("axis 2 must have a position, got none"));
  REQUIRE_THROWS_WITH(max_pool2d(none, {.kernel = {2, 1}, .padding = {1, 0}}),
                      ContainsSubstring("axis 2 must have a position, got none"));
  REQUIRE_THROWS_AS(max_pool2d(x, {.kernel = {INT64_MAX, 1}, .padding = {INT64_MAX / 2, 0}}), ShapeError);
  REQUIRE(tape.size() == before);
}

TEST_CASE("A refused adaptive or global pooling says why and leaves no trace") {
  using Catch::ContainsSubstring;
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 3, 5, 6}), "x"), flat = tape.variable(Tensor::zeros({2, 3}), "flat");
  const Var labels = tape.constant(counting({1, 1, 4, 4}, DType::i32)),
            none = tape.constant(Tensor::zeros({1, 1, 0, 4}));
  const std::size_t before = tape.size();
  REQUIRE_THROWS_WITH(avg_pool2d(x, {.kernel = {INT64_MAX, INT64_MAX}, .padding = {INT64_MAX / 2, INT64_MAX / 2}}),
                      ContainsSubstring("a window of f32 has at most 16777216 positions"));
  REQUIRE_THROWS_AS(adaptive_avg_pool2d(x, {.size = {0, 1}}), ValueError);
  REQUIRE_THROWS_WITH(adaptive_avg_pool2d(x, {.size = {1, 0}}),
                      ContainsSubstring("size must be at least 1, got 0 for axis 3"));
  REQUIRE_THROWS_AS(adaptive_avg_pool2d(x, {.size = {2}}), ValueError);
  REQUIRE_THROWS_AS(adaptive_max_pool2d(none, {.size = {1, 1}}), ShapeError);
  REQUIRE_THROWS_AS(adaptive_max_pool2d(x, {.size = {INT64_MAX / 2, 4}}), ShapeError);
  REQUIRE_THROWS_AS(adaptive_max_pool2d(x, {.size = {INT64_MAX / 64, 4}}), ShapeError);
  REQUIRE_THROWS_AS(global_avg_pool(flat), ShapeError);
  REQUIRE_THROWS_WITH(global_max_pool(flat),
                      ContainsSubstring("x must have examples, channels and at least one spatial axis, got (2, 3)"));
  REQUIRE_THROWS_AS(global_max_pool(none), ShapeError);
  REQUIRE_THROWS_AS(global_avg_pool(labels), DTypeError);
  REQUIRE(tape.size() == before);
}
