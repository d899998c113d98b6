#include <cmath>
#include <string>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/train/fit.hpp>

#include "captured.hpp"
#include "catch.hpp"
#include "line_problem.hpp"
#include "same_bits.hpp"

using namespace capstan;
using train::DivergenceError;
using train::fit;
using train::FitOptions;

namespace {

constexpr train::ProgressOptions quiet{.style = train::ProgressStyle::quiet};
const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

models::LogisticRegression fresh() { return models::LogisticRegression{{.inputs = 2, .dtype = DType::f64}}; }

/// Refused with this text, and nothing is trained.
void refuses(const FitOptions& options, const std::string& text) {
  models::LogisticRegression model = fresh();
  CHECK_THROWS_AS(fit(model, line_problem(10, 1), options), ValueError);
  CHECK_THROWS_WITH(fit(model, line_problem(10, 1), options, here), text + at);
  CHECK(model.w.value().at({0, 0}) == 0.0);
}

/// Cost t², or what a user makes of it: with a learning rate of 1.5 t doubles and changes sign at each step.
struct Bouncing {
  Parameter t{"t", Tensor::ones({1}, DType::f64)};

  Var cost(const Operand& x, const Operand&) const { return sum(square(x * t, x.where())); }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("t", t);
  }
};

/// Its cost is finite at t = 0, its slope there is not.
struct Steep {
  Parameter t{"t", Tensor::zeros({1}, DType::f64)};

  Var cost(const Operand& x, const Operand&) const { return sum(sqrt(x * t, x.where())); }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("t", t);
  }
};

struct Empty {
  Var cost(const Operand& x, const Operand&) const { return sum(x); }
  template <class Visitor>
  void visit(Visitor&&) {}
};

data::Dataset ones(std::int64_t m) {
  return {Tensor::ones({m}, DType::f64).reshape({1, m}), Tensor::zeros({1, m}, DType::f64)};
}

}  // namespace

TEST_CASE("numbers that make no training are refused by name and value") {
  refuses({.epochs = -1, .learning_rate = 0.1}, "fit: epochs must not be negative, got -1");
  refuses({.batch_size = 0, .learning_rate = 0.1}, "fit: batch_size must be at least 1, got 0");
  refuses({.learning_rate = 0.1, .observers = {nullptr}}, "fit: observer 0 must be given, got null");
}

TEST_CASE("a learning rate must be given, finite and not negative") {
  refuses({}, "fit: learning_rate, schedule or optimizer must be given, got none of them");
  refuses({.learning_rate = 0.5, .schedule = optim::constant(0.1)},
          "fit: learning_rate must not be given beside a schedule, which says it, got 0.5");
  const std::string rule = "fit: learning_rate must be finite and not negative, got ";
  refuses({.learning_rate = NAN}, rule + "nan");
  refuses({.learning_rate = INFINITY}, rule + "inf");
  refuses({.learning_rate = -0.5}, rule + "-0.5");
}

TEST_CASE("a learning rate beside an optimizer is refused") {
  models::LogisticRegression model = fresh();
  optim::Sgd descent{parameters(model), {.learning_rate = 0.1}};
  refuses({.learning_rate = 0.5, .optimizer = &descent},
          "fit: learning_rate must not be given beside an optimizer, which has its own, got 0.5");
}

TEST_CASE("fit refuses an optimizer that holds none of the model's parameters, and accepts one that holds some") {
  models::LogisticRegression model = fresh(), other = fresh();
  optim::Sgd of_other{parameters(other), {.learning_rate = 0.1}}, of_bias{{model.b}, {.learning_rate = 0.1}};
  refuses({.optimizer = &of_other},
          "fit: the optimizer must hold parameters of the model, it holds none of them"
          "\n  model: \"w\" (2, 1), \"b\" (1, 1)\n  optimizer: \"w\" (2, 1), \"b\" (1, 1)");
  fit(model, line_problem(10, 1), {.epochs = 1, .optimizer = &of_bias, .progress = quiet});
  CHECK(model.w.value().at({0, 0}) == 0.0);
  CHECK(model.b.value().item() != 0.0);
}

TEST_CASE("a label that is no class is refused before anything is trained, by its place in the set") {
  models::DeepNet net{{.layers = {2, 3}, .output = Activation::softmax, .dtype = DType::f64}};
  const Tensor before = net.W(1).value().copy();
  data::Dataset train{Tensor::ones({2, 40}, DType::f64), Tensor::zeros({40}, DType::i32)}, validation = train;
  FitOptions options{.epochs = 1, .batch_size = 8, .learning_rate = 0.1, .progress = quiet};
  validation.y = train.y.copy();
  options.validation = &validation;
  for (const int label : {3, -1}) {
    const std::string rule = "fit: label " + std::to_string(label) + " of example 37 of ";
    const std::string end = " is out of range for 3 classes\n  x: (2, 40)\n  y: (40)" + at;
    train.y.set({37}, label);
    CHECK_THROWS_AS(fit(net, train, options), IndexError);
    CHECK_THROWS_WITH(fit(net, train, options, here), rule + "train" + end);
    train.y.set({37}, 2);
    validation.y.set({37}, label);
    CHECK_THROWS_WITH(fit(net, train, options, here), rule + "validation" + end);
    validation.y.set({37}, 2);
  }
  CHECK(same_bits(net.W(1).value(), before));
  train.y.set({37}, -100);  // which cross_entropy ignores
  CHECK(fit(net, train, options).epochs.size() == 1);
}

TEST_CASE("sets without examples, and x and y that differ in number, are refused") {
  const data::Dataset none{Tensor::zeros({2, 0}, DType::f64), Tensor::zeros({1, 0}, DType::f64)};
  const data::Dataset odd{Tensor::zeros({2, 3}, DType::f64), Tensor::zeros({1, 4}, DType::f64)};
  const FitOptions options{.learning_rate = 0.1, .progress = quiet};
  CHECK_THROWS_AS(fit_new(fresh(), none, options), ValueError);
  CHECK_THROWS_WITH(fit_new(fresh(), none, options, here),
                    "fit: train must have at least one example, got none\n  x: (2, 0)" + at);
  CHECK_THROWS_AS(fit_new(fresh(), odd, options), ShapeError);
  CHECK_THROWS_WITH(fit_new(fresh(), odd, options), Catch::ContainsSubstring("fit: train") &&
                                                        Catch::ContainsSubstring("(2, 3)") &&
                                                        Catch::ContainsSubstring("(1, 4)"));
  FitOptions with_none = options, with_odd = options;
  with_none.validation = &none;
  with_odd.validation = &odd;
  CHECK_THROWS_WITH(fit_new(fresh(), line_problem(5, 1), with_none, here),
                    "fit: validation must have at least one example, got none\n  x: (2, 0)" + at);
  CHECK_THROWS_AS(fit_new(fresh(), line_problem(5, 1), with_odd), ShapeError);
}

TEST_CASE("a validation set with other features is refused before anything is trained") {
  const data::Dataset other{Tensor::zeros({3, 4}, DType::f64), Tensor::zeros({1, 4}, DType::f64)};
  models::LogisticRegression model = fresh();
  const FitOptions options{.learning_rate = 0.1, .validation = &other, .progress = quiet};
  CHECK_THROWS_AS(fit(model, line_problem(5, 1), options), ShapeError);
  CHECK_THROWS_WITH(
      fit(model, line_problem(5, 1), options, here),
      "fit: train and validation must have the same shapes except for the number of examples, got x (2, 5) and (3, 4)"
      "\n  train: x (2, 5)\n  validation: x (3, 4)" +
          at);
  CHECK(model.w.value().at({0, 0}) == 0.0);
}

TEST_CASE("a validation set whose features or classes have other names is refused, with the first difference") {
  data::Dataset train = line_problem(5, 1), other = line_problem(5, 1);
  models::LogisticRegression model = fresh();
  const FitOptions options{.learning_rate = 0.1, .validation = &other, .progress = quiet};
  train.feature_names = {"c=red", "x"};
  other.feature_names = {"c=blue", "x"};
  CHECK_THROWS_AS(fit(model, train, options), ValueError);
  CHECK_THROWS_WITH(fit(model, train, options, here),
                    Catch::ContainsSubstring("fit: train and validation must have the same features, row 0 of x is "
                                             "\"c=red\" in train and \"c=blue\" in validation\n  train: x (2, 5)"));
  other.feature_names = train.feature_names;
  train.class_names = {"no", "yes"};
  other.class_names = {"yes", "no"};
  CHECK_THROWS_WITH(fit(model, train, options),
                    Catch::ContainsSubstring("must have the same classes, label 0 is \"no\" in train and \"yes\""));
  CHECK(model.w.value().at({0, 0}) == 0.0);
}

TEST_CASE("a model without parameters is refused") {
  CHECK_THROWS_AS(fit_new(Empty{}, ones(3), {.learning_rate = 0.1, .progress = quiet}), ValueError);
  CHECK_THROWS_WITH(fit_new(Empty{}, ones(3), {.learning_rate = 0.1, .progress = quiet}, here),
                    "fit: the model must have parameters, but its visit function passes none to the visitor" + at);
}

TEST_CASE("a cost that is not finite stops the training, naming epoch, step, cost and learning rate") {
  // t is 1, −2, 4, … and t² the cost; at step 513 it is 2^1024, which no double holds.
  Bouncing model;
  const FitOptions options{.epochs = 1000, .batch_size = 1, .learning_rate = 1.5, .progress = quiet};
  try {
    fit(model, ones(10), options, here);
    FAIL("the cost overflows");
  } catch (const DivergenceError& error) {
    CHECK(error.epoch() == 52);
    CHECK(error.step() == 3);
    CHECK(error.cost() == INFINITY);
    CHECK(error.what() ==
          "fit: the cost is not finite in epoch 52, step 3 of 10, got cost inf\n  learning_rate: 1.5" + at);
  }
  // Step 512 was the last that wrote: t = (−2)^512 stays, as it was before the step that diverged.
  CHECK(model.t.value().at({0}) == std::ldexp(1.0, 512));
  CHECK_THROWS_AS(fit_new(Bouncing{}, ones(10), options), Error);
}

TEST_CASE("a step that is not finite though its cost was is told at the end of the epoch") {
  const FitOptions options{.epochs = 3, .batch_size = 2, .learning_rate = 0.1, .progress = quiet};
  CHECK_THROWS_AS(fit_new(Steep{}, ones(2), options), DivergenceError);
  CHECK_THROWS_WITH(fit_new(Steep{}, ones(2), options, here),
                    "fit: parameter \"t\" (1) is not finite in epoch 1, step 1 of 1, got cost 0\n"
                    "  learning_rate: 0.1" +
                        at);
}

TEST_CASE("a validation cost that is not finite stops the training") {
  data::Dataset validation = ones(2);
  validation.x.set({0, 1}, 1e200);
  const FitOptions options{
      .epochs = 3, .batch_size = 2, .learning_rate = 0.1, .validation = &validation, .progress = quiet};
  CHECK_THROWS_AS(fit_new(Bouncing{}, ones(2), options), DivergenceError);
  CHECK_THROWS_WITH(
      fit_new(Bouncing{}, ones(2), options, here),
      Catch::ContainsSubstring("fit: the validation cost is not finite in epoch 1, step 1 of 1, got cost inf"));
}

TEST_CASE("a bar is taken away when the training diverges") {
  const Captured captured;
  const FitOptions options{.epochs = 1000,
                           .batch_size = 1,
                           .learning_rate = 1.5,
                           .progress = {.style = train::ProgressStyle::bar, .file = captured.file()}};
  CHECK_THROWS_AS(fit_new(Bouncing{}, ones(10), options), DivergenceError);
  CHECK(captured.text().ends_with("\r\x1b[K"));
}

TEST_CASE("an error from the model names the line where fit was called") {
  models::DeepNet net{{.layers = {3, 4, 1}, .dtype = DType::f64}};
  CHECK_THROWS_AS(fit(net, line_problem(10, 1), {.learning_rate = 0.1, .progress = quiet}), ShapeError);
  CHECK_THROWS_WITH(fit(net, line_problem(10, 1), {.learning_rate = 0.1, .progress = quiet}, here),
                    Catch::ContainsSubstring("parameter \"W1\" (4, 3)") && Catch::ContainsSubstring(at));
}
