// Which ranks the functions of this room take, and that they refuse others by name.
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

/// Shapes that are not (4, m), though some of them could be multiplied by a weight of four columns.
const std::vector<Shape> no_examples{{}, {4}, {1}, {5}, {2, 4, 5}, {4, 5, 1}, {1, 4, 1}, {2, 1, 4, 3}};

models::DeepNet net_of(Activation output) {
  return models::DeepNet{{.layers = {4, 5, 3}, .output = output, .seed = 1}};
}

template <class Function>
void refuses_on_tape(const std::string& name, const Function& function) {
  for (const Shape& shape : no_examples) {
    CAPTURE(name, shape);
    Tape tape;
    const Var x = tape.constant(Tensor::ones(shape));
    CHECK_THROWS_AS(function(x), ShapeError);
    CHECK_THROWS_WITH(function(x), ContainsSubstring(name + ": x must be (4, m), ") &&
                                       ContainsSubstring(", got " + to_string(shape)) &&
                                       ContainsSubstring("\n  x: constant " + to_string(shape) + ", recorded at ") &&
                                       ContainsSubstring("\n  at ranks_test.cpp:"));
    CHECK(tape.size() == 1);
  }
}

}  // namespace

TEST_CASE("a linear layer takes (inputs, m) alone") {
  Rng rng{1};
  const models::Linear layer{{.inputs = 4, .outputs = 3}, rng}, plain{{.inputs = 4, .outputs = 3, .bias = false}, rng};
  refuses_on_tape("Linear", [&](const Var& x) { return layer(x); });
  refuses_on_tape("Linear", [&](const Var& x) { return plain(x); });
  Tape tape;
  CHECK(layer(tape.constant(Tensor::ones({4, 0}))).shape() == Shape{3, 0});
  CHECK_THROWS_WITH(
      layer(tape.constant(Tensor::ones({4}))),
      ContainsSubstring("x must be (4, m), an example in each column, got (4); one example is reshape(x, {4, "
                        "1})\n  W: parameter \"W\" (3, 4)\n  x: constant (4)"));
}

TEST_CASE("a net's outputs, logits, cost and predictions take (n_x, m) alone") {
  for (const Activation output : {Activation::softmax, Activation::sigmoid, Activation::identity}) {
    const models::DeepNet net = net_of(output);
    refuses_on_tape("DeepNet", [&](const Var& x) { return net(x); });
    refuses_on_tape("DeepNet", [&](const Var& x) { return net.logits(x); });
    refuses_on_tape("DeepNet", [&](const Var& x) { return net.cost(x, Tensor::zeros({3, 5})); });
    for (const Shape& shape : no_examples) {
      CAPTURE(shape);
      CHECK_THROWS_AS(net.predict(Tensor::ones(shape)), ShapeError);
      CHECK_THROWS_WITH(net.predict(Tensor::ones(shape)), ContainsSubstring("DeepNet: x must be (4, m), ") &&
                                                              ContainsSubstring("\n  at ranks_test.cpp:"));
    }
  }
}

TEST_CASE("logistic regression's outputs, logits, cost and predictions take (n_x, m) alone") {
  const models::LogisticRegression model{{.inputs = 4}};
  refuses_on_tape("LogisticRegression", [&](const Var& x) { return model(x); });
  refuses_on_tape("LogisticRegression", [&](const Var& x) { return model.logits(x); });
  refuses_on_tape("LogisticRegression", [&](const Var& x) { return model.cost(x, Tensor::zeros({1, 5})); });
  for (const Shape& shape : no_examples) {
    CHECK_THROWS_AS(model.predict(Tensor::ones(shape)), ShapeError);
    CHECK_THROWS_WITH(model.predict(Tensor::ones(shape)), ContainsSubstring("\n  at ranks_test.cpp:"));
  }
}

TEST_CASE("a y of another rank is refused by every cost") {
  Tape tape;
  const Var x = tape.constant(Tensor::ones({4, 5}));
  for (const Activation output : {Activation::softmax, Activation::sigmoid, Activation::identity}) {
    const models::DeepNet net = net_of(output);
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{15}, Shape{1, 3, 5}, Shape{3, 5, 1}}) {
      CAPTURE(shape);
      CHECK_THROWS_AS(net.cost(x, Tensor::zeros(shape)), ShapeError);
      CHECK_THROWS_WITH(net.cost(x, Tensor::zeros(shape)),
                        ContainsSubstring(to_string(shape)) && ContainsSubstring("\n  at ranks_test.cpp:"));
    }
  }
  const models::LogisticRegression model{{.inputs = 4}};
  for (const Shape& shape : {Shape{}, Shape{5}, Shape{1, 1, 5}}) {
    CHECK_THROWS_AS(model.cost(x, Tensor::zeros(shape)), ShapeError);
  }
  CHECK(tape.size() == 1);
}

TEST_CASE(
    "softmax by name is over the classes of a matrix or of one example, and the other activations take any rank") {
  Tape tape;
  CHECK(sum(activate(tape.constant(Tensor::ones({3})), Activation::softmax)).item() == Approx(1.0));
  for (const Shape& shape : {Shape{}, Shape{2, 3, 4}, Shape{1, 2, 3, 4}}) {
    const Var z = tape.constant(Tensor::ones(shape));
    const std::size_t before = tape.size();
    CHECK_THROWS_AS(activate(z, Activation::softmax), ShapeError);
    CHECK_THROWS_WITH(activate(z, Activation::softmax),
                      ContainsSubstring("activate: softmax needs z (classes, m), or (classes) for one example, got " +
                                        to_string(shape) + "\n  z: constant ") &&
                          ContainsSubstring("\n  at ranks_test.cpp:"));
    CHECK(tape.size() == before);
    for (const char* name : {"identity", "sigmoid", "tanh", "relu", "leaky_relu", "leaky_relu(0.5)"}) {
      const Activation any = Activation::find(name).value();
      CHECK(activate(z, any).shape() == shape);
    }
  }
}

TEST_CASE("parameters that were replaced by some of another shape are refused, not broadcast") {
  Rng rng{1};
  models::Linear layer{{.inputs = 4, .outputs = 3}, rng};
  Tape tape;
  const Var x = tape.constant(Tensor::ones({4, 3}));
  layer.b = Parameter{"b", Tensor::ones({3})};
  CHECK_THROWS_AS(layer(x), ShapeError);
  CHECK_THROWS_WITH(layer(x), ContainsSubstring("Linear: b must be (outputs, 1), got (3)\n  b: parameter \"b\" (3)"));
  layer.W = Parameter{"W", Tensor::ones({2, 3, 4})};
  CHECK_THROWS_WITH(layer(x), ContainsSubstring("Linear: W must be (outputs, inputs), got (2, 3, 4)"));
  models::LogisticRegression model{{.inputs = 4}};
  model.b = Parameter{"b", Tensor::ones({3})};
  CHECK_THROWS_WITH(model(x), ContainsSubstring("LogisticRegression: b must be (1, 1), got (3)"));
  model.w = Parameter{"w", Tensor::ones({4})};
  CHECK_THROWS_WITH(model(x), ContainsSubstring("LogisticRegression: w must be (n_x, 1), got (4)"));
  CHECK(tape.size() == 1);
}
