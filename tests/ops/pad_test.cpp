#include <limits>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/windows.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "threads.hpp"
#include "window_loops.hpp"

using namespace capstan;

namespace {

/// Where the element of a padded axis comes from; −1 for the constant.
std::int64_t source(PadMode mode, std::int64_t at, std::int64_t extent) {
  while (at < 0 || at >= extent) {
    if (mode == PadMode::constant) return -1;
    if (mode == PadMode::edge) return at < 0 ? 0 : extent - 1;
    at = at < 0 ? -at : 2 * (extent - 1) - at;
  }
  return at;
}

struct Geometry {
  Shape x;
  std::vector<std::int64_t> before, after;
  PadMode mode;
};

Geometry random_geometry(Rng& rng) {
  Geometry g;
  g.mode = static_cast<PadMode>(draw(rng, 0, 2));
  std::vector<std::int64_t> extents;
  for (std::int64_t i = draw(rng, 1, 4); i > 0; --i) {
    extents.push_back(draw(rng, g.mode == PadMode::constant ? 0 : 1, 6));
    const std::int64_t most = g.mode == PadMode::reflect ? extents.back() - 1 : 4;
    g.before.push_back(draw(rng, 0, most));
    g.after.push_back(draw(rng, 0, most));
  }
  g.x = Shape(extents);
  return g;
}

Numbers padded(const Numbers& x, std::int64_t before, std::int64_t after, PadMode mode) {
  Tape tape;
  return elements(
      pad(tape.constant(Tensor::from(x, {x.size()})), {.before = {before}, .after = {after}, .mode = mode}).value());
}

}  // namespace

TEST_CASE("pad puts a number, a reflection or the edge around x") {
  Tape tape;
  REQUIRE(padded({1, 2, 3}, 2, 1, PadMode::constant) == Numbers{0, 0, 1, 2, 3, 0});
  REQUIRE(padded({1, 2, 3}, 2, 1, PadMode::reflect) == Numbers{3, 2, 1, 2, 3, 2});
  REQUIRE(padded({1, 2, 3}, 2, 1, PadMode::edge) == Numbers{1, 1, 1, 2, 3, 3});
  REQUIRE(padded({1}, 2, 1, PadMode::edge) == Numbers{1, 1, 1, 1});
  const Var labels = tape.constant(Tensor::from({1, 2}, {1, 2}));
  REQUIRE(elements(pad(labels, {.axes = {-1}, .before = {1}, .value = -1}).value()) == Numbers{-1, 1, 2});
  REQUIRE(pad(labels, {.axes = {0}, .after = {1}}).shape() == Shape{2, 2});
  REQUIRE(pad(labels, {}).shape() == Shape{1, 2});
  const Var nothing = tape.constant(Tensor::zeros({0, 2}));
  REQUIRE(elements(pad(nothing, {.before = {1, 0}, .value = 7}).value()) == Numbers{7, 7});
  const Numbers nan = elements(
      pad(tape.constant(Tensor::zeros({1})), {.before = {1}, .value = std::numeric_limits<double>::quiet_NaN()})
          .value());
  REQUIRE(nan[0] != nan[0]);
}

TEST_CASE("pad and its gradient agree with a direct loop over 400 random geometries") {
  Rng rng{41};
  for (int i = 0; i < 400; ++i) {
    const Geometry g = random_geometry(rng);
    std::vector<std::int64_t> extents;
    for (std::size_t k = 0; k < g.x.rank(); ++k) extents.push_back(g.x[k] + g.before[k] + g.after[k]);
    const Shape shape(extents);
    INFO("geometry " << i << ": " << to_string(g.x) << " to " << to_string(shape));
    const Tensor input = Tensor::normal(g.x, rng, {.dtype = DType::f64});
    const Numbers x = elements(input);
    const auto from = [&](Position at) {
      bool inside = true;
      for (std::size_t k = 0; k < at.size(); ++k)
        inside = (at[k] = source(g.mode, at[k] - g.before[k], g.x[k])) >= 0 && inside;
      return inside ? static_cast<std::int64_t>(number_of(at, g.x)) : -1;
    };
    const double value = g.mode == PadMode::constant ? 2.5 : 0.0;
    Numbers expected(static_cast<std::size_t>(shape.elements()), value);
    each_position(shape, [&](const Position& at, std::size_t number) {
      if (from(at) >= 0) expected[number] = x[static_cast<std::size_t>(from(at))];
    });
    const auto gradient_for = [&](const Numbers& dy) {
      Numbers dx(x.size());
      each_position(shape, [&](const Position& at, std::size_t number) {
        if (from(at) >= 0) dx[static_cast<std::size_t>(from(at))] += dy[number];
      });
      return dx;
    };
    const PadOptions options{.before = Extents{std::span<const std::int64_t>{g.before}},
                             .after = Extents{std::span<const std::int64_t>{g.after}},
                             .value = value,
                             .mode = g.mode};
    check_with_gradient([&](const Var& v) { return pad(v, options); }, input, expected, gradient_for);
  }
}

TEST_CASE("pad gives the same bits on any number of threads") {
  Rng rng{3};
  for (const Shape& shape : {Shape{40, 300, 70}, Shape{900000}}) {
    for (const PadMode mode : {PadMode::constant, PadMode::reflect, PadMode::edge}) {
      const Tensor t = Tensor::normal(shape, rng);
      std::vector<Numbers> results;
      for (const int count : {1, 3}) {
        const Threads threads{count};
        Tape tape;
        const Var x = tape.variable(t);
        const Var y = pad(x, {.axes = {-1}, .before = {3}, .after = {20}, .mode = mode});
        results.push_back(elements(y.value()));
        const Numbers dx = elements(gradient(y, x, y).value());
        results.back().insert(results.back().end(), dx.begin(), dx.end());
      }
      REQUIRE(results[0] == results[1]);
    }
  }
}

TEST_CASE("A refused pad says why and leaves no trace") {
  using Catch::ContainsSubstring;
  Tape tape;
  const Var x = tape.variable(counting({2, 3}), "x"), labels = tape.constant(counting({2}, DType::i32));
  const Var none = tape.constant(Tensor::zeros({0}));
  const std::size_t before = tape.size();
  REQUIRE_THROWS_AS(pad(x, {.before = {0, -1}}), ValueError);
  REQUIRE_THROWS_WITH(pad(x, {.before = {0, -1}}),
                      ContainsSubstring("pad: before must not be negative, got -1 for axis 1") &&
                          ContainsSubstring("x: variable \"x\" (2, 3)") && ContainsSubstring("pad_test.cpp:"));
  REQUIRE_THROWS_WITH(pad(x, {.after = {-2, 0}}), ContainsSubstring("after must not be negative, got -2 for axis 0"));
  REQUIRE_THROWS_AS(pad(x, {.before = {1}}), ValueError);
  REQUIRE_THROWS_WITH(pad(x, {.before = {1}}),
                      ContainsSubstring("there must be one before for each of 2 axes, got 1: (1)"));
  REQUIRE_THROWS_AS(pad(x, {.axes = {2}, .before = {1}}), IndexError);
  REQUIRE_THROWS_AS(pad(x, {.axes = {0, -2}, .before = {1, 1}}), IndexError);
  REQUIRE_THROWS_AS(pad(x, {.before = {0, 3}, .mode = PadMode::reflect}), ShapeError);
  REQUIRE_THROWS_WITH(pad(x, {.before = {0, 3}, .mode = PadMode::reflect}),
                      ContainsSubstring("a reflection must be shorter than axis 1, which has 3 positions, got 3"));
  REQUIRE_THROWS_AS(pad(none, {.before = {1}, .mode = PadMode::edge}), ShapeError);
  REQUIRE_THROWS_AS(pad(x, {.before = {1, 1}, .value = 1, .mode = PadMode::edge}), ValueError);
  REQUIRE_THROWS_AS(pad(x, {.before = {INT64_MAX, 0}}), ShapeError);
  REQUIRE_THROWS_AS(pad(x, {.before = {INT64_MAX / 4, INT64_MAX / 4}}), ShapeError);
  REQUIRE_THROWS_AS(pad(labels, {.before = {1}, .value = 0.5}), ValueError);
  REQUIRE_THROWS_WITH(pad(labels, {.before = {1}, .value = 3e9}),
                      ContainsSubstring("value must be a whole number of 32 bits for i32, got 3000000000"));
  REQUIRE(tape.size() == before);
}
