#include <capstan/models/logistic_regression.hpp>

#include <cmath>

#include <capstan/graph/tape.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("logistic regression starts at zero, where the cost is log 2 and the probability one half") {
  const models::LogisticRegression model{{.inputs = 3}};
  CHECK(model.w.shape() == Shape{3, 1});
  CHECK(model.b.shape() == Shape{1, 1});
  CHECK(model.w.name() == "w");
  CHECK(model.b.name() == "b");
  Rng rng{1};
  const Tensor x = Tensor::normal({3, 7}, rng), y = Tensor::ones({1, 7});
  Tape tape;
  const Var on_tape = tape.constant(x);
  CHECK(model.cost(on_tape, y).item() == Approx(std::log(2.0)));
  CHECK(model(on_tape).value().shape() == Shape{1, 7});
  CHECK(model(on_tape).value().at({0, 6}) == 0.5);
  CHECK(model.logits(on_tape).value().at({0, 6}) == 0.0);
}

TEST_CASE("an initializer sees the unit's weight as one output of n_x inputs") {
  const models::LogisticRegression model{{.inputs = 5000, .init = init::he(), .seed = 3, .dtype = DType::f64}};
  double squares = 0.0;
  for (const double w : model.w.value().data<double>()) squares += w * w;
  CHECK(std::sqrt(squares / 5000) == Approx(std::sqrt(2.0 / 5000)).epsilon(0.05));
}

TEST_CASE("logistic regression learns a line") {
  Rng rng{8};
  const Tensor x = Tensor::normal({2, 300}, rng);
  Tensor y = Tensor::zeros({1, 300});
  for (std::int64_t i = 0; i < 300; ++i) y.set({0, i}, x.at({0, i}) - 2.0 * x.at({1, i}) > 0.3 ? 1.0 : 0.0);
  models::LogisticRegression model{{.inputs = 2}};
  optim::Sgd descent{parameters(model), {.learning_rate = 1.0}};
  Tape tape;
  for (int step = 0; step < 300; ++step) {
    tape.rewind();
    descent.step(tape.backward(model.cost(tape.constant(x), y)));
  }
  const Tensor answers = model.predict(x);
  int right = 0;
  for (std::int64_t i = 0; i < 300; ++i) right += answers.at({0, i}) == y.at({0, i}) ? 1 : 0;
  CHECK(right > 291);
}

TEST_CASE("predict says 1 above one half and 0 elsewhere, and NaN where nothing is known") {
  models::LogisticRegression model{{.inputs = 1}};
  model.w.assign(Tensor::ones({1, 1}));
  const Tensor answers = model.predict(Tensor::from({-2.0F, 0.0F, 0.1F, 9.0F, NAN}, {1, 5}));
  REQUIRE(answers.shape() == Shape{1, 5});
  CHECK(answers.dtype() == DType::f32);
  CHECK(answers.at({0, 0}) == 0.0);
  CHECK(answers.at({0, 1}) == 0.0);  // exactly one half
  CHECK(answers.at({0, 2}) == 1.0);
  CHECK(answers.at({0, 3}) == 1.0);
  CHECK(std::isnan(answers.at({0, 4})));
}

TEST_CASE("logistic regression reads a transposed view where it lies") {
  const models::LogisticRegression model{{.inputs = 2, .init = init::normal(1.0), .dtype = DType::f64}};
  const Tensor rows = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {3, 2});
  Tape tape;
  const Tensor by_view = model(tape.constant(rows.transpose())).value();
  const Tensor by_copy = model(tape.constant(rows.transpose().copy())).value();
  for (std::int64_t i = 0; i < 3; ++i) CHECK(by_view.at({0, i}) == by_copy.at({0, i}));
}

TEST_CASE("logistic regression refuses x with other rows, naming w and x, and leaves no trace") {
  const models::LogisticRegression model{{.inputs = 3}};
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({5, 32})), line = tape.constant(Tensor::zeros({3}));
  const std::size_t before = tape.size();
  CHECK_THROWS_AS(model.logits(x), ShapeError);
  CHECK_THROWS_WITH(
      model(x), Catch::ContainsSubstring("LogisticRegression: x must be (3, m), a row for each of w, got (5, 32)\n") &&
                    Catch::ContainsSubstring("w: parameter \"w\" (3, 1)") &&
                    Catch::ContainsSubstring("x: constant (5, 32), recorded at logistic_regression_test.cpp") &&
                    Catch::ContainsSubstring("at logistic_regression_test.cpp"));
  CHECK_THROWS_AS(model.logits(line), ShapeError);
  CHECK(tape.size() == before);
}

TEST_CASE("logistic regression refuses a y of another shape, and leaves no trace") {
  const models::LogisticRegression model{{.inputs = 3}};
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3, 32}));
  const std::size_t before = tape.size();
  CHECK_THROWS_AS(model.cost(x, Tensor::zeros({32})), ShapeError);
  CHECK_THROWS_AS(model.cost(x, Tensor::zeros({1, 32}, DType::f64)), DTypeError);
  CHECK(tape.size() == before);
}

TEST_CASE("logistic regression wants x on a tape") {
  const models::LogisticRegression model{{.inputs = 3}};
  CHECK_THROWS_AS(model(Tensor::zeros({3, 1})), ValueError);
  CHECK_THROWS_WITH(model.logits(Tensor::zeros({3, 1})),
                    Catch::ContainsSubstring("LogisticRegression: no operand is on a tape"));
}

TEST_CASE("a logistic regression of no inputs or of whole numbers is refused by name and value") {
  const auto where = std::source_location::current();
  const std::string at = "\n  at " + engine::place(where);
  using models::LogisticRegression;
  CHECK_THROWS_AS((LogisticRegression{{.inputs = -3}}), ValueError);
  CHECK_THROWS_WITH((LogisticRegression{{.inputs = -3}, where}),
                    "LogisticRegression: inputs must be at least 1, got -3" + at);
  CHECK_THROWS_AS((LogisticRegression{{.inputs = 3, .dtype = DType::i32}}), DTypeError);
  CHECK_THROWS_WITH((LogisticRegression{{.inputs = 3, .init = nullptr}, where}),
                    "LogisticRegression: init must be an initializer, got none" + at);
  const auto column = [](const Shape&, Rng&, DType dtype) { return Tensor::ones({3, 1}, dtype); };
  CHECK_THROWS_WITH((LogisticRegression{{.inputs = 3, .init = column}, where}),
                    "LogisticRegression: the initializer must give w the shape (1, 3), got (3, 1)" + at);
}
