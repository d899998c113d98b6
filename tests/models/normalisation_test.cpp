// BatchNorm, LayerNorm, GroupNorm, RmsNorm: closed forms, gradients, running statistics, and what is refused.
#include <capstan/models/normalisation.hpp>

#include <cmath>
#include <limits>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.mean = 0.5, .stddev = 2.0, .dtype = DType::f64});
}

constexpr DType f64 = DType::f64;
const Pass training{.training = true};
const Pass evaluation{};

}  // namespace

TEST_CASE("batch norm of columns normalises each row, with gamma and beta") {
  models::BatchNorm norm{{.features = 2, .epsilon = 0.0, .dtype = f64}};
  norm.gamma.assign(Tensor::from<double>({2.0, 3.0}, {2}));
  norm.beta.assign(Tensor::from<double>({10.0, 20.0}, {2}));
  Tape tape;
  const Var x = tape.variable(Tensor::from<double>({1, 2, 3, 2, 4, 6}, {2, 3}), "x");
  const Var y = norm(x, training);
  const double r = std::sqrt(1.5);
  for (const auto& [i, j, wanted] :
       {std::tuple{0, 0, 10 - 2 * r}, {0, 1, 10.0}, {1, 0, 20 - 3 * r}, {1, 2, 20 + 3 * r}}) {
    CHECK(y.value().at({i, j}) == Approx(wanted).epsilon(1e-14));
  }
  tape.backward(sum(y));
  CHECK(norm.running_mean.value().at({0}) == Approx(0.1 * 2.0));
  CHECK(norm.running_variance.value().at({0}) == Approx(0.9 + 0.1 * 1.0));  // of a sample: 2 / 2
  CHECK(norm.running_variance.value().at({1}) == Approx(0.9 + 0.1 * 4.0));
}

TEST_CASE("evaluation uses the running statistics and leaves them") {
  models::BatchNorm norm{{.features = 2, .momentum = 1.0, .dtype = f64}};
  const Tensor x = normal({4, 2, 3}, 1);
  Tape tape;
  tape.backward(sum(norm(tape.variable(x), training)));
  const Tensor mean = norm.running_mean.value().copy(), variance = norm.running_variance.value().copy();
  tape.rewind();
  const Var leaf = tape.variable(x);
  const Var y = norm(leaf, evaluation);
  tape.backward(sum(y));
  CHECK(same_bits(norm.running_mean.value(), mean));
  CHECK(same_bits(norm.running_variance.value(), variance));
  const double wanted = (x.at({3, 1, 2}) - mean.at({1})) / std::sqrt(variance.at({1}) + 1e-5);
  CHECK(y.value().at({3, 1, 2}) == Approx(wanted).epsilon(1e-14));
  CHECK(norm(tape.constant(Tensor::ones({2, 1}, f64)), evaluation).shape() == Shape{2, 1});  // one example is fine here
}

TEST_CASE("gradients of normalisations match central differences, first and second") {
  models::BatchNorm batch{{.features = 3, .dtype = f64}};
  models::LayerNorm layer{{.features = 3, .axis = 1, .dtype = f64}};
  models::RmsNorm rms{{.features = 3, .axis = -2, .dtype = f64}};
  models::GroupNorm group{{.features = 4, .groups = 2, .dtype = f64}};
  batch.gamma.assign(normal({3}, 2));
  layer.gamma.assign(normal({3}, 3));
  rms.gamma.assign(normal({3}, 4));
  group.gamma.assign(normal({4}, 5));
  const auto passes = [](const std::function<Var(const Var&)>& f, const Shape& shape) {
    const Tensor x = normal(shape, 6), weight = normal(shape, 7);
    CHECK(check_gradient([&](std::span<const Var> v) { return f(v[0]); }, {x}, {.tolerance = 1e-7}).passed());
    const auto slope = [&](std::span<const Var> v) { return gradient(sum(f(v[0]) * weight), v[0]); };
    CHECK(check_gradient(slope, {x}, {.tolerance = 1e-7}).passed());
  };
  passes([&](const Var& x) { return batch(x, training); }, {3, 4});
  passes([&](const Var& x) { return batch(x, training); }, {2, 3, 2, 2});
  passes([&](const Var& x) { return batch(x, evaluation); }, {2, 3, 2});
  passes([&](const Var& x) { return layer(x); }, {2, 3, 4});
  passes([&](const Var& x) { return rms(x); }, {2, 3, 4});
  passes([&](const Var& x) { return group(x); }, {2, 4, 3});
}

TEST_CASE("layer, group and root-mean-square norms have their closed forms") {
  Tape tape;
  const Var column = tape.constant(Tensor::from<double>({3, 4, 0, 0}, {4, 1}));
  const models::RmsNorm rms{{.features = 4, .epsilon = 0.0, .dtype = f64}};
  CHECK(rms(column).value().at({1, 0}) == Approx(4.0 / 2.5).epsilon(1e-15));
  const models::LayerNorm layer{{.features = 4, .epsilon = 0.0, .dtype = f64}};
  CHECK(layer(column).value().at({0, 0}) == Approx(1.25 / std::sqrt(51.0 / 16.0)).epsilon(1e-14));
  const models::GroupNorm group{{.features = 4, .groups = 2, .epsilon = 0.0, .dtype = f64}};
  const Var images = tape.constant(Tensor::from<double>({1, 3, 10, 30}, {1, 4, 1, 1}));
  const Tensor y = group(images).value();
  CHECK(y.at({0, 0, 0, 0}) == -1.0);
  CHECK(y.at({0, 3, 0, 0}) == 1.0);
}

TEST_CASE("batch norm in training refuses a batch of one value a feature, and says why") {
  const models::BatchNorm norm{{.features = 2}};
  Tape tape;
  const Var one = tape.constant(Tensor::ones({2, 1})), image = tape.constant(Tensor::ones({1, 2, 1, 1}));
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(norm(one, training), ShapeError);
  CHECK_THROWS_AS(norm(image, training), ShapeError);
  const auto where = std::source_location::current();
  CHECK_THROWS_WITH(
      norm({one, where}, training),
      Catch::StartsWith("BatchNorm: training needs at least two values of each feature in a batch, got 1 in "
                        "(2, 1): the variance of one is 0, and the output would not depend on x\n  x: ") &&
          Catch::EndsWith("\n  at " + place(where)));
  CHECK(tape.size() == size);
  CHECK(norm(tape.constant(Tensor::ones({2, 2})), training).shape() == Shape{2, 2});
}

TEST_CASE("impossible options and operands are refused by name") {
  using Catch::StartsWith;
  CHECK_THROWS_WITH(models::BatchNorm({.features = 0}), StartsWith("BatchNorm: features must be at least 1, got 0"));
  CHECK_THROWS_WITH(models::BatchNorm({.features = 2, .momentum = 1.5}),
                    StartsWith("BatchNorm: momentum must lie in [0, 1], got 1.5"));
  CHECK_THROWS_AS(models::BatchNorm({.features = 2, .momentum = std::numeric_limits<double>::quiet_NaN()}), ValueError);
  CHECK_THROWS_WITH(models::LayerNorm({.features = 2, .epsilon = -1.0}),
                    StartsWith("LayerNorm: epsilon must be finite and not negative, got -1"));
  CHECK_THROWS_AS(models::RmsNorm({.features = 2, .dtype = DType::i32}), DTypeError);
  CHECK_THROWS_WITH(models::GroupNorm({.features = 6, .groups = 4}),
                    StartsWith("GroupNorm: groups must divide features, got 4 for 6"));
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3, 4}), "x"), vector = tape.variable(Tensor::ones({4}), "v");
  const std::size_t size = tape.size();
  const models::BatchNorm batch{{.features = 4}};
  CHECK_THROWS_WITH(
      batch(x, evaluation),
      StartsWith("BatchNorm: axis 0 of x must have the 4 features of gamma, got (3, 4)\n  x: variable \"x\" "
                 "(3, 4)\n  gamma: parameter \"gamma\" (4)"));
  CHECK_THROWS_AS(batch(vector, evaluation), ShapeError);
  CHECK_THROWS_AS(models::LayerNorm({.features = 4, .axis = 2})(x), IndexError);
  CHECK_THROWS_AS(models::LayerNorm({.features = 4, .axis = -3})(x), IndexError);
  CHECK_THROWS_AS(models::GroupNorm({.features = 4, .groups = 2})(vector), ShapeError);
  CHECK_THROWS_AS(models::RmsNorm({.features = 4})(Tensor::ones({4, 2})), ValueError);
  CHECK(tape.size() == size);
}

TEST_CASE("a repeated step of batch norm allocates nothing, and gives the same bits on an eager tape") {
  const models::BatchNorm norm{{.features = 3}};
  models::BatchNorm other = clone(norm);
  Rng rng{1};
  const Tensor x = Tensor::normal({5, 3, 4}, rng);
  Tape tape, eager{{.eager = true}};
  int last = 0;
  for (int step = 1; step <= 10; ++step) {
    const std::uint64_t before = counting_new::calls();
    tape.rewind();
    const Gradients d = tape.backward(sum(square(norm(tape.variable(x), training) + 1.0)));
    if (counting_new::calls() != before) last = step;
    eager.rewind();
    eager.backward(sum(square(other(eager.variable(x), training) + 1.0)));
  }
  if (counting_new::works) CHECK(last <= 2);
  CHECK(same_bits(norm.running_mean.value(), other.running_mean.value()));
  CHECK(same_bits(norm.running_variance.value(), other.running_variance.value()));
}
