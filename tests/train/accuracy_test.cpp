#include <capstan/train/accuracy.hpp>

#include <cmath>
#include <vector>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

/// Its outputs are its inputs, so that a test can say what the model answers.
struct Echo {
  Var operator()(const Operand& x) const { return x.var(); }
};

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

Tensor labels(std::initializer_list<std::int32_t> values) {
  return Tensor::from(values, {static_cast<std::int64_t>(values.size())});
}

}  // namespace

TEST_CASE("accuracy of labels is the part whose largest output is the label's") {
  const Tensor p = Tensor::from({0.1, 0.7, 0.2, 0.3,   //
                                 0.8, 0.2, 0.3, 0.3,   //
                                 0.1, 0.1, 0.5, 0.4},  //
                                {3, 4});
  CHECK(train::accuracy(Echo{}, {p, labels({1, 0, 2, 2})}) == 1.0);
  CHECK(train::accuracy(Echo{}, {p, labels({1, 0, 2, 0})}) == 0.75);
  CHECK(train::accuracy(Echo{}, {p, labels({0, 1, 0, 0})}) == 0.0);
}

TEST_CASE("accuracy of one row of outputs takes above one half for 1") {
  const Tensor p = Tensor::from({0.2, 0.5, 0.6, 0.9}, {1, 4});
  CHECK(train::accuracy(Echo{}, {p, Tensor::from({0.0, 0.0, 1.0, 1.0}, {1, 4})}) == 1.0);
  CHECK(train::accuracy(Echo{}, {p, Tensor::from({0.0, 1.0, 1.0, 0.0}, {1, 4})}) == 0.5);
  CHECK(train::accuracy(Echo{}, {p, labels({0, 0, 1, 0})}) == 0.75);
  CHECK(train::accuracy(Echo{}, {p, Tensor::from({0, 0, 1, 0}, {1, 4})}) == 0.75);
}

TEST_CASE("accuracy of columns of probabilities compares the largest elements") {
  const Tensor p = Tensor::from({0.9, 0.2, 0.1, 0.8}, {2, 2});
  CHECK(train::accuracy(Echo{}, {p, Tensor::from({1.0, 0.0, 0.0, 1.0}, {2, 2})}) == 1.0);
  CHECK(train::accuracy(Echo{}, {p, Tensor::from({1.0, 0.6, 0.0, 0.4}, {2, 2})}) == 0.5);
}

TEST_CASE("an output that is NaN is no right answer") {
  CHECK(train::accuracy(Echo{}, {Tensor::from({NAN, 0.1}, {1, 2}), Tensor::zeros({1, 2}, DType::f64)}) == 0.5);
}

TEST_CASE("accuracy does not depend on the size of the batches") {
  Rng rng{4};
  const models::DeepNet net{{.layers = {5, 8, 3}, .output = Activation::softmax, .seed = 1}};
  const Tensor x = Tensor::normal({5, 100}, rng);
  Tensor y = Tensor::zeros({100}, DType::i32);
  for (std::int64_t i = 0; i < 100; ++i) y.set({i}, static_cast<double>(rng.below(3)));
  const double whole = train::accuracy(net, {x, y});
  for (const std::int64_t batch : {1, 7, 99, 100, 1000})
    CHECK(train::accuracy(net, {x, y}, {.batch_size = batch}) == whole);
  const Tensor answers = net.predict(x);
  double right = 0.0;
  for (std::int64_t i = 0; i < 100; ++i) right += answers.at({i}) == y.at({i}) ? 1.0 : 0.0;
  CHECK(whole == right / 100);
}

TEST_CASE("accuracy takes any function of x") {
  const data::Dataset set{Tensor::from({0.1, 0.9}, {1, 2}), Tensor::from({1.0, 0.0}, {1, 2})};
  CHECK(train::accuracy([](const Operand& x) { return x.var(); }, set) == 0.0);
}

TEST_CASE("accuracy refuses outputs and y that are no pair, with both shapes and dtypes") {
  const Tensor p = Tensor::zeros({3, 4}, DType::f64);
  const auto accuracy = [&](const Tensor& x, const Tensor& y) { return train::accuracy(Echo{}, {x, y}, {}, here); };
  CHECK_THROWS_AS(accuracy(p, Tensor::zeros({1, 4})), ShapeError);
  CHECK_THROWS_WITH(accuracy(p, Tensor::zeros({1, 4})),
                    "accuracy: outputs (1, m) need y (1, m) or labels (m), outputs (classes, m) need labels (m) or y "
                    "(classes, m), got "
                    "(3, 4) and (1, 4)\n  outputs: (3, 4) of f64\n  y: (1, 4) of f32" +
                        at);
  CHECK_THROWS_AS(accuracy(p, Tensor::zeros({4})), ShapeError);
  CHECK_THROWS_AS(accuracy(Tensor::zeros({4}), Tensor::zeros({4})), ShapeError);
  CHECK_THROWS_AS(accuracy(Tensor::zeros({2, 2, 4}), Tensor::zeros({4}, DType::i32)), ShapeError);
}

TEST_CASE("accuracy refuses sets whose x and y differ in number") {
  CHECK_THROWS_AS(train::accuracy(Echo{}, {Tensor::zeros({3, 4}), labels({1, 2})}), ShapeError);
}

TEST_CASE("accuracy refuses labels that are no class, and numbers that are not 0 or 1, by position") {
  const Tensor p = Tensor::zeros({3, 4}, DType::f64), q = Tensor::zeros({1, 4}, DType::f64);
  CHECK_THROWS_AS(train::accuracy(Echo{}, {p, labels({0, 1, 3, 0})}), IndexError);
  CHECK_THROWS_WITH(train::accuracy(Echo{}, {p, labels({0, 1, 3, 0})}, {.batch_size = 2}, here),
                    "accuracy: labels must lie in 0 … 2, got 3 at position 2\n  y: (2) of i32" + at);
  CHECK_THROWS_AS(train::accuracy(Echo{}, {q, labels({0, 1, 2, 0})}), IndexError);
  CHECK_THROWS_AS(train::accuracy(Echo{}, {p, labels({0, -1, 0, 0})}), IndexError);
  const Tensor prices = Tensor::from({0.0, 1.0, 0.0, 0.5}, {1, 4});
  CHECK_THROWS_AS(train::accuracy(Echo{}, {q, prices}), ValueError);
  CHECK_THROWS_WITH(train::accuracy(Echo{}, {q, prices}, {}, here),
                    "accuracy: y (1, m) must be 0 or 1, got 0.5 at position 3\n  y: (1, 4) of f64" + at);
}

TEST_CASE("accuracy of no examples, or in batches of none, is refused") {
  const models::LogisticRegression model{{.inputs = 3}};
  const data::Dataset none{Tensor::zeros({3, 0}), Tensor::zeros({1, 0})},
      some{Tensor::zeros({3, 2}), Tensor::zeros({1, 2})};
  CHECK_THROWS_AS(train::accuracy(model, none), ValueError);
  CHECK_THROWS_WITH(train::accuracy(model, none, {}, here), "accuracy: the data set has no examples, x is (3, 0)" + at);
  CHECK_THROWS_AS(train::accuracy(model, some, {.batch_size = 0}), ValueError);
  CHECK_THROWS_WITH(train::accuracy(model, some, {.batch_size = 0}, here),
                    "accuracy: batch_size must be at least 1, got 0" + at);
}

TEST_CASE("an error from the model names the line where accuracy was called") {
  const models::DeepNet net{{.layers = {3, 1}}};
  CHECK_THROWS_WITH(train::accuracy(net, {Tensor::zeros({4, 2}), Tensor::zeros({1, 2})}),
                    Catch::ContainsSubstring("at accuracy_test.cpp"));
}

TEST_CASE("accuracy compares the names of features and classes with those of the set that the model learned from") {
  const Tensor p = Tensor::from({0.9, 0.2, 0.1, 0.8}, {2, 2});
  const data::Dataset train{p, labels({0, 1}), {"a", "b"}, {"no", "yes"}};
  const data::Dataset same = train, other{p, labels({0, 1}), {"a", "c"}}, turned{p, labels({0, 1}), {}, {"yes", "no"}};
  CHECK(train::accuracy(Echo{}, same, {.train = &train}) == 1.0);
  CHECK_THROWS_AS(train::accuracy(Echo{}, other, {.train = &train}), ValueError);
  CHECK_THROWS_WITH(train::accuracy(Echo{}, other, {.train = &train}, here),
                    "accuracy: train and the data set must have the same features, row 1 of x is \"b\" in train and "
                    "\"c\" in the data set\n  train: x (2, 2), y (2)\n  the data set: x (2, 2), y (2)" +
                        at);
  CHECK_THROWS_WITH(train::accuracy(Echo{}, turned, {.train = &train}),
                    Catch::ContainsSubstring("must have the same classes, label 0 is \"no\" in train and \"yes\""));
  CHECK(train::accuracy(Echo{}, turned) == 1.0);
}
