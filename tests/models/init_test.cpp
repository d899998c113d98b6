#include <capstan/models/init.hpp>

#include <cmath>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

struct Moments {
  double mean = 0.0, stddev = 0.0, least = 0.0, most = 0.0;
};

Moments moments(const Tensor& x) {
  double sum = 0.0, squares = 0.0, least = INFINITY, most = -INFINITY;
  const auto values = x.data<double>();
  for (const double value : values) {
    sum += value;
    squares += value * value;
    least = std::fmin(least, value);
    most = std::fmax(most, value);
  }
  const double n = static_cast<double>(values.size()), mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean), least, most};
}

Moments start(const init::Initializer& init, const Shape& shape) {
  Rng rng{5};
  return moments(init(shape, rng, DType::f64));
}

}  // namespace

TEST_CASE("zeros gives zeros of the dtype") {
  Rng rng{1};
  const Tensor x = init::zeros()({3, 4}, rng, DType::f32);
  CHECK(x.shape() == Shape{3, 4});
  CHECK(x.dtype() == DType::f32);
  for (const float value : x.data<float>()) CHECK(value == 0.0F);
}

TEST_CASE("normal has the standard deviation asked for, by default that of the notes") {
  const Moments wide = start(init::normal(0.5), {200, 300});
  CHECK(std::fabs(wide.mean) < 0.01);
  CHECK(wide.stddev == Approx(0.5).epsilon(0.02));
  CHECK(start(init::normal(), {200, 300}).stddev == Approx(0.01).epsilon(0.02));
}

TEST_CASE("uniform stays in its range and fills it") {
  const Moments x = start(init::uniform(-0.2, 0.6), {200, 300});
  CHECK(x.least >= -0.2);
  CHECK(x.most < 0.6);
  CHECK(x.mean == Approx(0.2).margin(0.01));
  CHECK(x.least < -0.199);
  CHECK(x.most > 0.599);
}

TEST_CASE("he has standard deviation root of 2 / inputs") {
  CHECK(start(init::he(), {300, 200}).stddev == Approx(std::sqrt(2.0 / 200)).epsilon(0.02));
  CHECK(start(init::he(), {30, 20, 5, 5}).stddev == Approx(std::sqrt(2.0 / 500)).epsilon(0.02));
}

TEST_CASE("xavier is uniform within root of 6 / (inputs + outputs)") {
  const double limit = std::sqrt(6.0 / 500);
  const Moments x = start(init::xavier(), {300, 200});
  CHECK(x.least >= -limit);
  CHECK(x.most < limit);
  CHECK(x.stddev == Approx(limit / std::sqrt(3.0)).epsilon(0.02));
}

TEST_CASE("the same generator gives the same weights, and goes on to others") {
  Rng a{9}, b{9};
  const Tensor first = init::he()({4, 4}, a, DType::f64), same = init::he()({4, 4}, b, DType::f64);
  const Tensor other = init::he()({4, 4}, a, DType::f64);
  CHECK(first.at({2, 3}) == same.at({2, 3}));
  CHECK(first.at({2, 3}) != other.at({2, 3}));
}

TEST_CASE("initializers refuse a weight of one axis, which has no inputs to count") {
  Rng rng{1};
  CHECK_THROWS_AS(init::he()({3}, rng, DType::f32), ShapeError);
  CHECK_THROWS_WITH(init::he()({3}, rng, DType::f32),
                    "init::he: a weight must have at least two axes, (outputs, inputs), got (3)");
  CHECK_THROWS_WITH(init::xavier()({}, rng, DType::f32),
                    "init::xavier: a weight must have at least two axes, (outputs, inputs), got ()");
}

TEST_CASE("numbers that make no distribution are refused by name and value") {
  const auto where = std::source_location::current();
  const std::string at = "\n  at " + engine::place(where);
  CHECK_THROWS_AS(init::normal(-1.0), ValueError);
  CHECK_THROWS_WITH(init::normal(-1.0, where), "init::normal: stddev must be finite and not negative, got -1" + at);
  CHECK_THROWS_WITH(init::normal(NAN, where), "init::normal: stddev must be finite and not negative, got nan" + at);
  CHECK_THROWS_AS(init::uniform(1.0, 0.0), ValueError);
  CHECK_THROWS_WITH(init::uniform(1.0, 0.0, where),
                    "init::uniform: low and high must be finite, and low not above high, got 1 and 0" + at);
  CHECK_THROWS_WITH(init::uniform(0.0, INFINITY, where),
                    "init::uniform: low and high must be finite, and low not above high, got 0 and inf" + at);
}
