#include "support/scores.hpp"

#include <cmath>
#include <limits>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

using capstan::Tensor;
using examples::auc;
using examples::rmse;

TEST_CASE("the area under the curve is 1 where every positive is above every negative, and 0 the other way round") {
  const Tensor y = Tensor::from({0.0, 1.0, 0.0, 1.0}, {1, 4});
  CHECK(auc(Tensor::from({0.1, 0.8, 0.2, 0.9}, {1, 4}), y) == 1.0);
  CHECK(auc(Tensor::from({0.9, 0.2, 0.8, 0.1}, {1, 4}), y) == 0.0);
}

TEST_CASE("the area under the curve counts pairs, and equal scores half") {
  const Tensor y = Tensor::from({0.0, 0.0, 1.0, 1.0}, {1, 4});
  CHECK(auc(Tensor::from({0.1, 0.4, 0.35, 0.8}, {1, 4}), y) == 0.75);
  CHECK(auc(Tensor::from({0.3, 0.3, 0.3, 0.3}, {1, 4}), y) == 0.5);
  CHECK(auc(Tensor::from({0.1, 0.5, 0.5, 0.5}, {1, 4}), y) == 0.75);
}

TEST_CASE("the area under the curve takes tensors of float and any strides") {
  const Tensor scores = Tensor::from({0.1F, 0.8F, 0.2F, 0.9F}, {2, 2}).transpose();
  const Tensor y = Tensor::from({0.0F, 1.0F, 0.0F, 1.0F}, {2, 2}).transpose();
  CHECK(auc(scores, y) == 1.0);
}

TEST_CASE("the area under the curve is not a number without both classes, or with a score that is none") {
  CHECK(std::isnan(auc(Tensor::from({0.1, 0.2}, {1, 2}), Tensor::ones({1, 2}, capstan::DType::f64))));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  CHECK(std::isnan(auc(Tensor::from({0.1, nan}, {1, 2}), Tensor::from({0.0, 1.0}, {1, 2}))));
}

TEST_CASE("the root of the mean squared error is that of the differences") {
  CHECK(rmse(Tensor::from({1.0, 5.0}, {1, 2}), Tensor::from({4.0, 1.0}, {1, 2})) == Approx(std::sqrt(12.5)));
}

TEST_CASE("scores refuse predictions of another shape than y") {
  const Tensor p = Tensor::zeros({1, 3}), y = Tensor::zeros({3});
  CHECK_THROWS_AS(auc(p, y), capstan::ShapeError);
  CHECK_THROWS_WITH(auc(p, y), "auc: predictions and y must have the same shape, got (1, 3) and (3)");
  CHECK_THROWS_WITH(rmse(p, y), "rmse: predictions and y must have the same shape, got (1, 3) and (3)");
}
