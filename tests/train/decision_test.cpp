// How accuracy, fit and predict decide: all three alike.
#include <capstan/models/decision.hpp>

#include <cmath>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/train/accuracy.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"

using namespace capstan;
using models::Decision;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

constexpr train::ProgressOptions quiet{.style = train::ProgressStyle::quiet};

/// Its outputs are its inputs, and it says how they are read.
struct Echo {
  Decision read;
  Var operator()(const Operand& x) const { return x.var(); }
  Decision decision() const { return read; }
};

/// The part of the columns in which all that predict says is what y says.
double part_right(const Tensor& predicted, const Tensor& y) {
  const std::int64_t m = y.shape()[y.rank() - 1];
  double right = 0.0;
  for (std::int64_t i = 0; i < m; ++i) {
    bool all = true;
    if (y.rank() == 1) {
      all = predicted.at({i}) == y.at({i});
    } else {
      for (std::int64_t k = 0; k < y.shape()[0]; ++k) all &= predicted.at({k, i}) == y.at({k, i});
    }
    right += all ? 1.0 : 0.0;
  }
  return right / static_cast<double>(m);
}

}  // namespace

TEST_CASE("accuracy of several sigmoid units counts the examples that predict has right in every unit") {
  const data::Dataset set{Tensor::zeros({2, 4}),
                          Tensor::from({1.0F, 1.0F, 0.0F, 0.0F, 1.0F, 0.0F, 1.0F, 0.0F}, {2, 4})};
  models::DeepNet net{{.layers = {2, 2}, .output = Activation::sigmoid}};
  parameters(net)[1].assign(Tensor::from({2.0F, -2.0F}, {2, 1}));
  CHECK(train::accuracy(net, set) == 0.25);
  CHECK(train::accuracy(net, set) == part_right(net.predict(set.x), set.y));
  CHECK(train::accuracy(net, set, {.batch_size = 3}) == 0.25);
}

TEST_CASE("fit reports the accuracy of several sigmoid units, also for several labels an example") {
  const data::Dataset set{Tensor::zeros({2, 4}),
                          Tensor::from({1.0F, 1.0F, 0.0F, 0.0F, 1.0F, 0.0F, 1.0F, 0.0F}, {2, 4})};
  models::DeepNet net{{.layers = {2, 2}, .output = Activation::sigmoid}};
  parameters(net)[1].assign(Tensor::from({2.0F, -2.0F}, {2, 1}));
  const auto history = train::fit(net, set, {.epochs = 1, .learning_rate = 0.0, .validation = &set, .progress = quiet});
  REQUIRE(history.epochs[0].accuracy);
  CHECK(*history.epochs[0].accuracy == 0.25);
}

TEST_CASE("for every kind of output, accuracy is the part that predict has right, NaN included") {
  Rng rng{5};
  Tensor x = Tensor::normal({3, 50}, rng);
  x.set({1, 7}, NAN);
  x.set({0, 23}, NAN);
  for (const std::int64_t units : {1, 2, 4}) {
    CAPTURE(units);
    Tensor y = Tensor::zeros({units, 50}), labels = Tensor::zeros({50}, DType::i32);
    for (std::int64_t i = 0; i < 50; ++i) {
      for (std::int64_t k = 0; k < units; ++k) y.set({k, i}, static_cast<double>(rng.below(2)));
      if (units > 1) labels.set({i}, static_cast<double>(rng.below(static_cast<std::uint64_t>(units))));
    }
    models::DeepNet several{{.layers = {3, 5, units}, .output = Activation::sigmoid, .seed = 2}};
    CHECK(train::accuracy(several, {x, y}) == part_right(several.predict(x), y));
    if (units == 1) continue;
    models::DeepNet classes{{.layers = {3, 5, units}, .output = Activation::softmax, .seed = 2}};
    CHECK(train::accuracy(classes, {x, labels}) == part_right(classes.predict(x), labels));
  }
  models::LogisticRegression line{{.inputs = 3, .init = init::normal(1.0), .seed = 4}};
  const Tensor ones = Tensor::ones({1, 50});
  CHECK(train::accuracy(line, {x, ones}) == part_right(line.predict(x), ones));
}

TEST_CASE("an example whose outputs hold a NaN is never right, whatever its label") {
  const Tensor p = Tensor::from({NAN, 0.9, 0.2, NAN}, {2, 2});
  for (const std::int32_t label : {0, 1}) {
    CHECK(train::accuracy(Echo{Decision::none}, {p, Tensor::from({label, label}, {2})}) == 0.0);
  }
  CHECK(train::accuracy(Echo{Decision::largest}, {p, Tensor::from({1.0, 0.0, 0.0, 1.0}, {2, 2})}) == 0.0);
  CHECK(train::accuracy(Echo{Decision::above_half}, {p, Tensor::from({1.0, 1.0, 0.0, 1.0}, {2, 2})}) == 0.0);
}

TEST_CASE("the option says how outputs are read where the model does not, and wins where it does") {
  const Tensor p = Tensor::from({0.9, 0.8, 0.7, 0.9}, {2, 2}), both = Tensor::ones({2, 2}, DType::f64);
  const auto plain = [](const Operand& x) { return x.var(); };
  CHECK(train::accuracy(plain, {p, both}, {.decision = Decision::above_half}) == 1.0);
  CHECK(train::accuracy(Echo{Decision::above_half}, {p, both}) == 1.0);
  const Tensor labels = Tensor::from({0, 1}, {2});
  CHECK(train::accuracy(Echo{Decision::above_half}, {p, labels}, {.decision = Decision::largest}) == 1.0);
  CHECK_THROWS_AS(train::accuracy(plain, {p, both}, {.decision = static_cast<Decision>(9)}), ValueError);
}

TEST_CASE("a y of several rows that names no class, or two, is refused where the largest is taken") {
  const Tensor p = Tensor::zeros({2, 3}, DType::f64);
  const auto refuses = [&](const Tensor& y, const std::string& what) {
    CHECK_THROWS_AS(train::accuracy(Echo{Decision::none}, {p, y}), ValueError);
    CHECK_THROWS_WITH(train::accuracy(Echo{Decision::largest}, {p, y}, {.batch_size = 2}, here),
                      "accuracy: y (2, m) must say one class for each example, by its largest element, got " + what +
                          "; {.decision = models::Decision::above_half} is for several labels an example" + at);
  };
  refuses(Tensor::from({1.0, 0.0, 1.0, 0.0, 1.0, 1.0}, {2, 3}), "2 largest at position 2\n  y: (2, 1) of f64");
  refuses(Tensor::from({1.0, 0.0, 1.0, 0.0, 0.0, 0.0}, {2, 3}), "2 largest at position 1\n  y: (2, 2) of f64");
  refuses(Tensor::from({NAN, 0.0, 1.0, 0.0, 1.0, 0.0}, {2, 3}), "nan at position 0\n  y: (2, 2) of f64");
}

TEST_CASE("outputs that are cut at one half need y of their shape and of 0 and 1") {
  const Tensor p = Tensor::zeros({2, 3}, DType::f64);
  const Echo model{Decision::above_half};
  CHECK_THROWS_AS(train::accuracy(model, {p, Tensor::zeros({3}, DType::i32)}), ShapeError);
  CHECK_THROWS_WITH(
      train::accuracy(model, {p, Tensor::zeros({3}, DType::i32)}, {}, here),
      "accuracy: outputs that are cut at one half need y of their shape, or labels (m) where they are (1, "
      "m), got (2, 3) and (3)\n  outputs: (2, 3) of f64\n  y: (3) of i32; {.decision = "
      "models::Decision::largest} takes one class an example" +
          at);
  const Tensor y = Tensor::from({0.0, 1.0, 1.0, 0.0, 0.5, 1.0}, {2, 3});
  CHECK_THROWS_AS(train::accuracy(model, {p, y}), ValueError);
  CHECK_THROWS_WITH(train::accuracy(model, {p, y}, {}, here),
                    "accuracy: y (2, m) must be 0 or 1, got 0.5 at position (1, 1)\n  y: (2, 3) of f64" + at);
}

TEST_CASE("accuracy tells labels that are not i32 how they become so") {
  CHECK_THROWS_WITH(train::accuracy(Echo{Decision::none}, {Tensor::zeros({3, 4}), Tensor::zeros({4})}, {}, here),
                    Catch::EndsWith("got (3, 4) and (4)\n  outputs: (3, 4) of f32\n  y: (4) of f32; labels are i32: "
                                    "y.cast(DType::i32)" +
                                    at));
}
