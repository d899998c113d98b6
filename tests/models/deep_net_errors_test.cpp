#include <cmath>
#include <string>
#include <utility>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using models::DeepNet;
using models::DeepNetOptions;

namespace {

const std::source_location here = std::source_location::current();

void refuses(const DeepNetOptions& options, const std::string& rule) {
  CHECK_THROWS_AS((DeepNet{options}), ValueError);
  CHECK_THROWS_WITH((DeepNet{options, here}), "DeepNet: " + rule + "\n  at " + engine::place(here));
}

}  // namespace

TEST_CASE("layers that make no net are refused, with the list") {
  refuses({}, "layers must be {n_x, n1, …}, at least two, got {}");
  refuses({.layers = {784}}, "layers must be {n_x, n1, …}, at least two, got {784}");
  refuses({.layers = {784, 0, 10}}, "layer 1 must have at least 1 unit, got 0 in {784, 0, 10}");
  refuses({.layers = {-1, 10}}, "layer 0 must have at least 1 unit, got -1 in {-1, 10}");
}

TEST_CASE("a list of activations of the wrong length is refused") {
  refuses({.layers = {3, 4, 4, 1}, .activations = {Activation::tanh, Activation::sigmoid}},
          "activations must have one entry for each of 3 layers, got 2");
}

TEST_CASE("softmax inside a net, or of one unit, is refused") {
  refuses({.layers = {3, 4, 4, 2}, .hidden = Activation::softmax},
          "softmax is for the last layer, got it in layer 1 of 3");
  refuses({.layers = {3, 4, 1}, .output = Activation::softmax},
          "softmax needs at least 2 units, got 1 in layer 2; for two classes in one unit there is sigmoid");
}

TEST_CASE("an activation without a name or a function is refused") {
  refuses({.layers = {3, 4, 1}, .hidden = Activation{}}, "the activation of layer 1 has no name");
  refuses({.layers = {3, 4, 1}, .output = {.name = "mish"}}, "the activation \"mish\" of layer 2 has no function");
}

TEST_CASE("a net of whole numbers is refused") {
  CHECK_THROWS_AS((DeepNet{{.layers = {3, 1}, .dtype = DType::i32}}), DTypeError);
  CHECK_THROWS_WITH((DeepNet{{.layers = {3, 1}, .dtype = DType::i32}, here}),
                    "DeepNet: dtype must be f32 or f64, got i32\n  at " + engine::place(here));
}

TEST_CASE("weights of more elements than can be counted are refused before memory is taken") {
  CHECK_THROWS_AS((DeepNet{{.layers = {INT64_MAX / 2, 3}}}), ShapeError);
  CHECK_THROWS_WITH(
      (DeepNet{{.layers = {INT64_MAX / 2, 3}}, here}),
      "shape (3, 4611686018427387903): the product of the extents does not fit 63 bits\n  at " + engine::place(here));
}

TEST_CASE("layers are counted from 1") {
  const DeepNet net{{.layers = {3, 4, 1}}};
  CHECK_THROWS_AS(net.W(0), IndexError);
  CHECK_THROWS_WITH(net.W(0, here), "DeepNet: layers are counted from 1 to 2, got 0\n  at " + engine::place(here));
  CHECK_THROWS_WITH(net.b(3, here), "DeepNet: layers are counted from 1 to 2, got 3\n  at " + engine::place(here));
  CHECK_THROWS_AS(net.activation(-1), IndexError);
}

TEST_CASE("x with other rows is refused with the parameter, both shapes and the line, and leaves no trace") {
  const DeepNet net{{.layers = {784, 512, 10}, .output = Activation::softmax}};
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({600, 128}));
  const std::size_t before = tape.size();
  CHECK_THROWS_AS(net(x), ShapeError);
  CHECK_THROWS_WITH(net(x), Catch::ContainsSubstring("matmul: columns of W must equal rows of x, got 784 and 600") &&
                                Catch::ContainsSubstring("parameter \"W1\" (512, 784)") &&
                                Catch::ContainsSubstring("(600, 128)") &&
                                Catch::ContainsSubstring("at deep_net_errors_test.cpp"));
  CHECK_THROWS_AS(net.logits(x), ShapeError);
  CHECK_THROWS_AS(net.cost(x, Tensor::zeros({128}, DType::i32)), ShapeError);
  CHECK(tape.size() == before);
}

TEST_CASE("x of another dtype is refused") {
  const DeepNet net{{.layers = {3, 1}}};
  Tape tape;
  CHECK_THROWS_AS(net(tape.constant(Tensor::zeros({3, 2}, DType::f64))), DTypeError);
}

TEST_CASE("a y that does not fit the output is refused, and the layers recorded for it are taken back") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3, 8}));
  const std::size_t before = tape.size();
  const DeepNet classes{{.layers = {3, 4, 5}, .output = Activation::softmax}};
  CHECK_THROWS_AS(classes.cost(x, Tensor::zeros({7}, DType::i32)), ShapeError);
  CHECK_THROWS_AS(classes.cost(x, Tensor::zeros({1, 8})), ShapeError);
  const DeepNet binary{{.layers = {3, 4, 1}}};
  CHECK_THROWS_AS(binary.cost(x, Tensor::zeros({8})), ShapeError);
  const DeepNet values{{.layers = {3, 4, 2}, .output = Activation::identity}};
  CHECK_THROWS_AS(values.cost(x, Tensor::zeros({1, 8})), ShapeError);
  CHECK(tape.size() == before);
}

TEST_CASE("a label that is no class is refused when the cost is computed") {
  const DeepNet net{{.layers = {3, 4, 5}, .output = Activation::softmax}};
  Tape tape;
  const Var cost = net.cost(tape.constant(Tensor::zeros({3, 2})), Tensor::from({1, 5}, {2}));
  CHECK_THROWS_AS(cost.item(), IndexError);
}

TEST_CASE("a net wants its input on a tape, and predict wants it to fit") {
  const DeepNet net{{.layers = {3, 4, 1}}};
  CHECK_THROWS_AS(net(Tensor::zeros({3, 2})), ValueError);
  CHECK_THROWS_WITH(net(Tensor::zeros({3, 2})), Catch::ContainsSubstring("DeepNet: no operand is on a tape"));
  CHECK_THROWS_AS(net.predict(Tensor::zeros({4, 2})), ShapeError);
  CHECK_THROWS_WITH(net.predict(Tensor::zeros({4, 2})), Catch::ContainsSubstring("at deep_net_errors_test.cpp"));
}

TEST_CASE("a net that was moved from has no layers, and says so where it is used") {
  DeepNet net{{.layers = {3, 4, 1}}};
  const DeepNet taken = std::move(net);
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3, 2}));
  CHECK(net.depth() == 0);
  CHECK_THROWS_AS(net(x), IndexError);
  CHECK_THROWS_WITH(net(x), Catch::ContainsSubstring("DeepNet: layers are counted from 1 to 0, got ") &&
                                Catch::ContainsSubstring("\n  at deep_net_errors_test.cpp"));
  CHECK_THROWS_AS(net.logits(x), IndexError);
  CHECK_THROWS_AS(net.cost(x, Tensor::zeros({1, 2})), IndexError);
  CHECK_THROWS_AS(net.predict(Tensor::zeros({3, 2})), IndexError);
  CHECK_THROWS_AS(net.W(1), IndexError);
  CHECK(parameters(net).empty());
  CHECK(tape.size() == 1);
}
