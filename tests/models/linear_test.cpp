#include <capstan/models/linear.hpp>

#include <cmath>

#include <capstan/graph/tape.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("a linear layer is W x + b") {
  Rng rng{1};
  models::Linear layer{{.inputs = 3, .outputs = 2, .dtype = DType::f64}, rng};
  layer.W.assign(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3}));
  layer.b->assign(Tensor::from({10.0, 20.0}, {2, 1}));
  Tape tape;
  const Tensor y = layer(tape.constant(Tensor::from({1.0, 0.0, 1.0, 0.0, 1.0, 1.0}, {3, 2}))).value();
  REQUIRE(y.shape() == Shape{2, 2});
  CHECK(y.at({0, 0}) == 16.0);
  CHECK(y.at({0, 1}) == 13.0);
  CHECK(y.at({1, 0}) == 35.0);
  CHECK(y.at({1, 1}) == 26.0);
}

TEST_CASE("a linear layer starts with xavier's W and b = 0, and each one with other numbers") {
  Rng rng{1};
  const models::Linear first{{.inputs = 4, .outputs = 500}, rng}, second{{.inputs = 4, .outputs = 500}, rng};
  CHECK(first.W.shape() == Shape{500, 4});
  CHECK(first.W.dtype() == DType::f32);
  CHECK(first.b->shape() == Shape{500, 1});
  CHECK(first.b->value().at({7, 0}) == 0.0);
  double squares = 0.0;
  for (const float w : first.W.value().data<float>()) squares += static_cast<double>(w) * static_cast<double>(w);
  CHECK(std::sqrt(squares / 2000) == Approx(std::sqrt(2.0 / 504)).epsilon(0.05));
  CHECK(first.W.value().at({0, 0}) != second.W.value().at({0, 0}));
}

TEST_CASE("a linear layer without bias has one parameter") {
  Rng rng{1};
  const models::Linear layer{{.inputs = 3, .outputs = 2, .bias = false}, rng};
  CHECK_FALSE(layer.b);
  CHECK(parameters(layer).size() == 1);
  Tape tape;
  CHECK(layer(tape.constant(Tensor::zeros({3, 5}))).value().at({1, 4}) == 0.0);
}

TEST_CASE("a linear layer takes an initializer of the user's own") {
  Rng rng{1};
  const auto ones = [](const Shape& shape, Rng&, DType dtype) { return Tensor::ones(shape, dtype); };
  const models::Linear layer{{.inputs = 3, .outputs = 2, .init = ones}, rng};
  CHECK(layer.W.value().at({1, 2}) == 1.0);
}

TEST_CASE("a linear layer refuses an input of the wrong shape, naming both, and leaves no trace") {
  Rng rng{1};
  const models::Linear layer{{.inputs = 8, .outputs = 2}, rng};
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({5, 3}));
  const std::size_t before = tape.size();
  CHECK_THROWS_AS(layer(x), ShapeError);
  CHECK_THROWS_WITH(layer(x), Catch::ContainsSubstring("parameter \"W\" (2, 8)") &&
                                  Catch::ContainsSubstring("(5, 3)") && Catch::ContainsSubstring("linear_test.cpp"));
  CHECK(tape.size() == before);
}

TEST_CASE("a linear layer wants its input on a tape") {
  Rng rng{1};
  const models::Linear layer{{.inputs = 3, .outputs = 2}, rng};
  CHECK_THROWS_AS(layer(Tensor::zeros({3, 1})), ValueError);
  CHECK_THROWS_WITH(layer(Tensor::zeros({3, 1})), Catch::ContainsSubstring("Linear: no operand is on a tape"));
}

TEST_CASE("a linear layer of no inputs, no outputs, no numbers or no initializer is refused by name and value") {
  Rng rng{1};
  const auto where = std::source_location::current();
  const std::string at = "\n  at " + engine::place(where);
  using models::Linear;
  CHECK_THROWS_AS((Linear{{.inputs = 0, .outputs = 2}, rng}), ValueError);
  CHECK_THROWS_WITH((Linear{{.inputs = 0, .outputs = 2}, rng, where}), "Linear: inputs must be at least 1, got 0" + at);
  CHECK_THROWS_WITH((Linear{{.inputs = 2}, rng, where}), "Linear: outputs must be at least 1, got 0" + at);
  CHECK_THROWS_AS((Linear{{.inputs = 2, .outputs = 2, .dtype = DType::i32}, rng}), DTypeError);
  CHECK_THROWS_WITH((Linear{{.inputs = 2, .outputs = 2, .dtype = DType::i32}, rng, where}),
                    "Linear: dtype must be f32 or f64, got i32" + at);
  CHECK_THROWS_AS((Linear{{.inputs = 2, .outputs = 2, .init = nullptr}, rng}), ValueError);
  CHECK_THROWS_WITH((Linear{{.inputs = 2, .outputs = 2, .init = nullptr}, rng, where}),
                    "Linear: init must be an initializer, got none" + at);
}

TEST_CASE("an initializer that gives another shape or dtype is refused with both") {
  Rng rng{1};
  const auto where = std::source_location::current();
  const std::string at = "\n  at " + engine::place(where);
  const auto turned = [](const Shape& shape, Rng&, DType dtype) { return Tensor::ones({shape[1], shape[0]}, dtype); };
  const auto doubles = [](const Shape& shape, Rng&, DType) { return Tensor::ones(shape, DType::f64); };
  using models::Linear;
  CHECK_THROWS_AS((Linear{{.inputs = 3, .outputs = 2, .init = turned}, rng}), ShapeError);
  CHECK_THROWS_WITH((Linear{{.inputs = 3, .outputs = 2, .init = turned}, rng, where}),
                    "Linear: the initializer must give W the shape (2, 3), got (3, 2)" + at);
  CHECK_THROWS_AS((Linear{{.inputs = 3, .outputs = 2, .init = doubles}, rng}), DTypeError);
  CHECK_THROWS_WITH((Linear{{.inputs = 3, .outputs = 2, .init = doubles}, rng, where}),
                    "Linear: the initializer must give W the dtype f32, got f64" + at);
}
