#include <capstan/ops/images.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
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

/// What one axis of a result is made of: positions of x and their weights.
struct Parts {
  std::int64_t first, second;
  double weight;  ///< the second one's
};

Parts parts_of(const ResizeOptions& o, std::int64_t i, std::int64_t in, std::int64_t out, double scale) {
  const double ratio = scale > 0 ? 1 / scale : static_cast<double>(in) / static_cast<double>(out);
  if (o.mode == ResizeMode::nearest) {
    const std::int64_t at = scale > 0 ? static_cast<std::int64_t>(static_cast<double>(i) / scale) : i * in / out;
    return {std::min(at, in - 1), 0, 0};
  }
  double at = std::max((static_cast<double>(i) + 0.5) * ratio - 0.5, 0.0);
  if (o.align_corners) at = out == 1 ? 0 : static_cast<double>(i * (in - 1)) / static_cast<double>(out - 1);
  const std::int64_t first = std::min(static_cast<std::int64_t>(at), in - 1);
  return {first, std::min(first + 1, in - 1), std::min(at - static_cast<double>(first), 1.0)};
}

struct Geometry {
  Shape x, y;
  ResizeOptions options;
};

Geometry random_geometry(Rng& rng) {
  Geometry g;
  g.x = Shape{draw(rng, 0, 2), draw(rng, 1, 2), draw(rng, 1, 9), draw(rng, 1, 9)};
  g.options.mode = draw(rng, 0, 2) == 0 ? ResizeMode::nearest : ResizeMode::bilinear;
  g.options.align_corners = g.options.mode == ResizeMode::bilinear && draw(rng, 0, 1) == 0;
  std::array<std::int64_t, 2> size{draw(rng, 1, 14), draw(rng, 1, 14)};
  if (draw(rng, 0, 1) == 0) {
    for (std::size_t k = 0; k < 2; ++k) {
      g.options.scale[k] =
          std::max(0.25 * static_cast<double>(draw(rng, 1, 12)), 1.0 / static_cast<double>(g.x[k + 2]));
      size[k] = static_cast<std::int64_t>(std::floor(static_cast<double>(g.x[k + 2]) * g.options.scale[k]));
    }
  } else {
    g.options.size = {size[0], size[1]};
  }
  g.y = Shape{g.x[0], g.x[1], size[0], size[1]};
  return g;
}

}  // namespace

TEST_CASE("flatten makes a column of each image, and unflatten an image of each column") {
  Tape tape;
  const Tensor images = counting({3, 2, 2, 2});
  const Var x = tape.constant(images);
  const Var columns = flatten(x);
  REQUIRE(columns.shape() == Shape{8, 3});
  REQUIRE(columns.value().at({5, 2}) == 21.0);
  REQUIRE(elements(unflatten(columns, {2, 2, 2}).value()) == elements(images));
  REQUIRE(flatten(tape.constant(counting({3, 4}))).shape() == Shape{4, 3});
  REQUIRE(flatten(tape.constant(Tensor::zeros({0, 3, 4}))).shape() == Shape{12, 0});
  REQUIRE(unflatten(tape.constant(Tensor::zeros({12, 0})), {3, 4}).shape() == Shape{0, 3, 4});
  REQUIRE(unflatten(tape.constant(counting({1, 4})), {}).shape() == Shape{4});
}

TEST_CASE("unflatten of what a loader gives, an example a row seen as a column, copies nothing") {
  Tape tape;
  const Tensor rows = counting({3, 784});
  const Var image = unflatten(tape.constant(rows.transpose()), {1, 28, 28});
  REQUIRE(image.shape() == Shape{3, 1, 28, 28});
  REQUIRE(elements((image * 1.0).value()) == elements(rows));
  REQUIRE_FALSE(tape.explain().find("copy") != std::string::npos);
}

TEST_CASE("resize doubles and halves images") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0, 3.0, 4.0}, {1, 1, 2, 2}));
  REQUIRE(elements(resize(x, {.scale = {1, 2}}).value()) == Numbers{1, 1, 2, 2, 3, 3, 4, 4});
  REQUIRE(elements(resize(x, {.size = {1, 2}}).value()) == Numbers{1, 2});
  REQUIRE(elements(resize(x, {.size = {2, 4}, .mode = ResizeMode::bilinear}).value()) ==
          Numbers{1, 1.25, 1.75, 2, 3, 3.25, 3.75, 4});
  REQUIRE(elements(resize(x, {.size = {3, 3}, .mode = ResizeMode::bilinear, .align_corners = true}).value()) ==
          Numbers{1, 1.5, 2, 2, 2.5, 3, 3, 3.5, 4});
}

TEST_CASE("resize and its gradient agree with a direct loop over 400 random geometries") {
  Rng rng{61};
  for (int i = 0; i < 400; ++i) {
    const Geometry g = random_geometry(rng);
    INFO("geometry " << i << ": " << to_string(g.x) << " to " << to_string(g.y) << ", scale " << g.options.scale[0]
                     << " " << g.options.scale[1] << ", mode " << static_cast<int>(g.options.mode)
                     << g.options.align_corners);
    const Tensor input = Tensor::normal(g.x, rng, {.dtype = DType::f64});
    const Numbers x = elements(input);
    const auto each_weight = [&](auto f) {
      each_position(g.y, [&](const Position& at, std::size_t number) {
        const Parts rows = parts_of(g.options, at[2], g.x[2], g.y[2], g.options.scale[0]);
        const Parts columns = parts_of(g.options, at[3], g.x[3], g.y[3], g.options.scale[1]);
        for (const bool second_row : {false, true}) {
          for (const bool second_column : {false, true}) {
            const Position from{at[0], at[1], second_row ? rows.second : rows.first,
                                second_column ? columns.second : columns.first};
            f(number, number_of(from, g.x),
              (second_row ? rows.weight : 1 - rows.weight) * (second_column ? columns.weight : 1 - columns.weight));
          }
        }
      });
    };
    Numbers expected(static_cast<std::size_t>(g.y.elements()));
    each_weight([&](std::size_t to, std::size_t from, double weight) { expected[to] += weight * x[from]; });
    const auto gradient_for = [&](const Numbers& dy) {
      Numbers dx(x.size());
      each_weight([&](std::size_t to, std::size_t from, double weight) { dx[from] += weight * dy[to]; });
      return dx;
    };
    check_with_gradient([&](const Var& v) { return resize(v, g.options); }, input, expected, gradient_for, 1e-11);
  }
}

TEST_CASE("resize does not look at elements of weight 0") {
  Tape tape;
  constexpr double inf = std::numeric_limits<double>::infinity();
  const Var x = tape.variable(Tensor::from({1.0, inf, 3.0}, {1, 1, 1, 3}));
  const Numbers y = elements(resize(x, {.size = {1, 5}, .mode = ResizeMode::bilinear, .align_corners = true}).value());
  REQUIRE(y == Numbers{1, inf, inf, inf, 3});
}

TEST_CASE("resize gives the same bits on any number of threads") {
  Rng rng{8};
  const Tensor images = Tensor::normal({4, 8, 60, 50}, rng);
  std::vector<Numbers> results;
  for (const int count : {1, 3}) {
    const Threads threads{count};
    Tape tape;
    const Var x = tape.variable(images);
    const Var y = resize(x, {.size = {111, 97}, .mode = ResizeMode::bilinear});
    results.push_back(elements(y.value()));
    const Numbers dx = elements(gradient(y, x, y).value());
    results.back().insert(results.back().end(), dx.begin(), dx.end());
  }
  REQUIRE(results[0] == results[1]);
}

TEST_CASE("A refused flatten, unflatten or resize says why and leaves no trace") {
  using Catch::ContainsSubstring;
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 3, 5, 6}), "x"),
            columns = tape.variable(Tensor::zeros({12, 4}), "columns");
  const Var one = tape.constant(Tensor::zeros({3})), labels = tape.constant(counting({1, 1, 4, 4}, DType::i32));
  const Var none = tape.constant(Tensor::zeros({1, 1, 0, 4}));
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(flatten(one), ShapeError);
  REQUIRE_THROWS_WITH(flatten(one),
                      ContainsSubstring("flatten: x must have examples and at least one more axis, got (3)") &&
                          ContainsSubstring("images_test.cpp:"));
  REQUIRE_THROWS_AS(unflatten(columns, {3, 5}), ShapeError);
  REQUIRE_THROWS_WITH(unflatten(columns, {3, 5}),
                      ContainsSubstring("unflatten: (3, 5) must have as many elements as there are features, got 12") &&
                          ContainsSubstring("x: variable \"columns\" (12, 4)"));
  REQUIRE_THROWS_AS(unflatten(columns, {-3, -4}), ShapeError);
  REQUIRE_THROWS_AS(unflatten(columns, {INT64_MAX, INT64_MAX}), ShapeError);
  REQUIRE_THROWS_AS(unflatten(columns, {12, 1, 1, 1, 1, 1, 1, 1}), ShapeError);
  REQUIRE_THROWS_WITH(unflatten(x, {3, 4}), ContainsSubstring("x must be (features, examples), got (2, 3, 5, 6)"));
  REQUIRE_THROWS_AS(resize(x, {}), ValueError);
  REQUIRE_THROWS_WITH(resize(x, {.size = {2, 2}, .scale = {1, 1}}), ContainsSubstring("give either size or scale"));
  REQUIRE_THROWS_WITH(resize(x, {.size = {2, 0}}), ContainsSubstring("size must be at least 1, got 0 for axis 3"));
  REQUIRE_THROWS_WITH(resize(x, {.size = {2}}),
                      ContainsSubstring("there must be one size for each of 2 axes, got 1: (2)"));
  REQUIRE_THROWS_WITH(resize(x, {.scale = {-1, 2}}),
                      ContainsSubstring("scale must be positive and finite, got -1 for axis 2"));
  REQUIRE_THROWS_AS(resize(x, {.scale = {1, std::numeric_limits<double>::quiet_NaN()}}), ValueError);
  REQUIRE_THROWS_AS(resize(x, {.scale = {0.1, 1}}), ShapeError);
  REQUIRE_THROWS_AS(resize(x, {.scale = {1e300, 1}}), ShapeError);
  REQUIRE_THROWS_AS(resize(x, {.size = {INT64_MAX / 2, INT64_MAX / 2}}), ShapeError);
  REQUIRE_THROWS_WITH(resize(x, {.size = {2, 2}, .align_corners = true}),
                      ContainsSubstring("align_corners is for ResizeMode::bilinear alone"));
  REQUIRE_THROWS_AS(resize(columns, {.size = {2, 2}}), ShapeError);
  REQUIRE_THROWS_AS(resize(labels, {.size = {2, 2}}), DTypeError);
  REQUIRE_THROWS_AS(resize(none, {.size = {2, 2}}), ShapeError);
  REQUIRE(tape.size() == before);
}
