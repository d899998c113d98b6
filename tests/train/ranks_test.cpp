#include <capstan/models/deep_net.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/train/accuracy.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

TEST_CASE("accuracy and fit refuse sets of a rank that the model does not take, by the user's line") {
  models::DeepNet net{{.layers = {4, 5, 3}, .output = Activation::softmax, .seed = 1}};
  const data::Dataset line{Tensor::ones({4}), Tensor::zeros({4}, DType::i32)};
  const data::Dataset stack{Tensor::ones({2, 4, 5}), Tensor::zeros({5}, DType::i32)};
  const data::Dataset number{Tensor::ones({}), Tensor::zeros({}, DType::i32)};
  const train::FitOptions options{.epochs = 1, .learning_rate = 0.1, .progress = {train::ProgressStyle::quiet}};
  for (const data::Dataset& set : {line, stack, number}) {
    CAPTURE(set.x.shape());
    CHECK_THROWS_AS(train::fit(net, set, options), ShapeError);
    CHECK_THROWS_WITH(train::fit(net, set, options), ContainsSubstring("\n  at ranks_test.cpp:"));
  }
  for (const data::Dataset& set : {line, stack}) {
    CHECK_THROWS_AS(train::accuracy(net, set), ShapeError);
    CHECK_THROWS_WITH(train::accuracy(net, set),
                      ContainsSubstring("DeepNet: x must be (4, m)") && ContainsSubstring("\n  at ranks_test.cpp:"));
  }
  CHECK_THROWS_AS(train::accuracy(net, number), Error);
}
