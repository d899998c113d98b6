#include <capstan/models/summary.hpp>

#include <capstan/models/linear.hpp>
#include <capstan/models/normalisation.hpp>
#include <capstan/models/sequential.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

struct Pair {
  Parameter wide{"W", Tensor::zeros({40, 30})};
  Parameter number{"t", Tensor::scalar(1.0)};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("tower.W", wide);
    v("temperature", number);
  }
};

}  // namespace

TEST_CASE("the summary of a deep net is the table of the notes") {
  const models::DeepNet net{{.layers = {784, 128, 64, 10}, .output = Activation::softmax}};
  CHECK(models::summary(net) ==
        "layer l    n^[l]  g^[l]    W^[l]       b^[l]     A^[l]     parameters\n"
        "0 (input)    784                                 (784, m)\n"
        "1            128  relu     (128, 784)  (128, 1)  (128, m)     100,480\n"
        "2             64  relu     (64, 128)   (64, 1)   (64, m)        8,256\n"
        "3             10  softmax  (10, 64)    (10, 1)   (10, m)          650\n"
        "total                                                         109,386");
}

TEST_CASE("the summary names the activation of every layer") {
  const models::DeepNet net{
      {.layers = {2, 3, 3, 3, 1},
       .activations = {Activation::leaky_relu, Activation::tanh, Activation::sigmoid, Activation::identity}}};
  CHECK(models::summary(net) ==
        "layer l    n^[l]  g^[l]       W^[l]   b^[l]   A^[l]   parameters\n"
        "0 (input)      2                              (2, m)\n"
        "1              3  leaky_relu  (3, 2)  (3, 1)  (3, m)           9\n"
        "2              3  tanh        (3, 3)  (3, 1)  (3, m)          12\n"
        "3              3  sigmoid     (3, 3)  (3, 1)  (3, m)          12\n"
        "4              1  identity    (1, 3)  (1, 1)  (1, m)           4\n"
        "total                                                         37");
}

TEST_CASE("the summary of a logistic regression shows w as the notes have it") {
  const models::LogisticRegression model{{.inputs = 30}};
  CHECK(models::summary(model) ==
        "layer l    n^[l]  g^[l]    w        b       A        parameters\n"
        "0 (input)     30                            (30, m)\n"
        "1              1  sigmoid  (30, 1)  (1, 1)  (1, m)           31\n"
        "total                                                        31");
}

TEST_CASE("the summary of any other model lists its parameters") {
  CHECK(models::summary(Pair{}) ==
        "name         shape     parameters\n"
        "tower.W      (40, 30)       1,200\n"
        "temperature  ()                 1\n"
        "total                       1,201");
}

TEST_CASE("counts are grouped by thousands") {
  const models::DeepNet net{{.layers = {1, 1'000'000}, .output = Activation::identity}};
  CHECK(models::summary(net).ends_with("2,000,000"));
}

TEST_CASE("the summary of a shape shows the layers' values, and multiply-adds") {
  Rng rng{1};
  models::BatchNorm norm{{.features = 4}};
  const models::Sequential net{models::Linear{{.inputs = 3, .outputs = 4}, rng}, relu, norm,
                               models::Residual{models::Sequential{models::Linear{{.inputs = 4, .outputs = 4}, rng}}}};
  CHECK(models::summary(net, {3, 5}) ==
        "layer      shape   parameters  multiply-adds\n"
        "(input)    (3, 5)\n"
        "0          (4, 5)          16             60\n"
        "2          (4, 5)           8              0\n"
        "3.inner.0  (4, 5)          20             80\n"
        "total      (4, 5)          44            140");
  CHECK(models::summary(models::Linear{{.inputs = 3, .outputs = 4}, rng}, {3, 5}) ==
        "layer    shape   parameters  multiply-adds\n"
        "(input)  (3, 5)\n"
        "(net)    (4, 5)          16             60\n"
        "total    (4, 5)          16             60");
  CHECK_THROWS_AS(models::summary(net, {4, 5}), ShapeError);
  CHECK(norm.running_mean.value().at({0}) == 0.0);
}
