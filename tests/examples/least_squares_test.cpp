#include "support/least_squares.hpp"

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

using capstan::Tensor;

TEST_CASE("the least-squares fit finds the weights of a linear function") {
  capstan::Rng rng{5};
  const Tensor X = Tensor::normal({3, 40}, rng, {.dtype = capstan::DType::f64});
  Tensor Y = Tensor::zeros({1, 40}, capstan::DType::f64);
  for (std::int64_t i = 0; i < 40; ++i) Y.set({0, i}, 2.0 * X.at({0, i}) - X.at({1, i}) + 0.5 * X.at({2, i}));
  const Tensor theta = examples::least_squares(X, Y);
  CHECK(theta.at({0, 0}) == Approx(2.0).epsilon(1e-10));
  CHECK(theta.at({1, 0}) == Approx(-1.0).epsilon(1e-10));
  CHECK(theta.at({2, 0}) == Approx(0.5).epsilon(1e-10));
}

TEST_CASE("the residual of a least-squares fit is orthogonal to every feature") {
  capstan::Rng rng{6};
  const Tensor X = Tensor::normal({4, 30}, rng, {.dtype = capstan::DType::f64});
  const Tensor Y = Tensor::normal({1, 30}, rng, {.dtype = capstan::DType::f64});
  const Tensor theta = examples::least_squares(X, Y);
  for (std::int64_t j = 0; j < 4; ++j) {
    double product = 0.0;
    for (std::int64_t i = 0; i < 30; ++i) {
      double fitted = 0.0;
      for (std::int64_t k = 0; k < 4; ++k) fitted += theta.at({k, 0}) * X.at({k, i});
      product += X.at({j, i}) * (Y.at({0, i}) - fitted);
    }
    CHECK(product == Approx(0.0).margin(1e-9));
  }
}

TEST_CASE("of the fits to two equal features the one of least norm is given") {
  const Tensor X = Tensor::from({1.0, 2.0, -1.0, 1.0, 2.0, -1.0}, {2, 3});
  const Tensor theta = examples::least_squares(X, Tensor::from({4.0, 8.0, -4.0}, {1, 3}));
  CHECK(theta.at({0, 0}) == Approx(2.0));
  CHECK(theta.at({1, 0}) == Approx(2.0));
}
