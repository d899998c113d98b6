#include <capstan/models/deep_net.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

models::DeepNet make(Activation output, std::int64_t units, DType dtype = DType::f64) {
  return models::DeepNet{
      {.layers = {3, 5, units}, .hidden = Activation::tanh, .output = output, .seed = 7, .dtype = dtype}};
}

Tensor examples(DType dtype = DType::f64) {
  Rng rng{2};
  return Tensor::normal({3, 6}, rng, {.dtype = dtype});
}

double largest_difference(const Tensor& a, const Tensor& b) {
  REQUIRE(a.shape() == b.shape());
  const Tensor x = a.copy(), y = b.copy();
  double worst = 0.0;
  for (std::size_t i = 0; i < x.data<double>().size(); ++i) {
    worst = std::fmax(worst, std::fabs(x.data<double>()[i] - y.data<double>()[i]));
  }
  return worst;
}

}  // namespace

TEST_CASE("a deep net's parameters are W1, b1, W2, b2, with the shapes of the notes") {
  const models::DeepNet net{{.layers = {4, 5, 3, 1}}};
  std::vector<std::string> seen;
  for (const auto& [name, parameter] : named_parameters(net)) {
    CHECK(name == parameter.name());
    seen.push_back(name + " " + to_string(parameter.shape()));
  }
  CHECK(seen == std::vector<std::string>{"W1 (5, 4)", "b1 (5, 1)", "W2 (3, 5)", "b2 (3, 1)", "W3 (1, 3)", "b3 (1, 1)"});
  CHECK(parameter_count(net) == 47);
  CHECK(net.depth() == 3);
}

TEST_CASE("a deep net is f32 with relu inside and a sigmoid at the end, unless told otherwise") {
  const models::DeepNet net{{.layers = {4, 5, 3, 1}}};
  CHECK(net.W(1).dtype() == DType::f32);
  CHECK(net.activation(1) == Activation::relu);
  CHECK(net.activation(2) == Activation::relu);
  CHECK(net.activation(3) == Activation::sigmoid);
  CHECK(net.b(2).value().at({2, 0}) == 0.0);
}

TEST_CASE("a list of activations replaces hidden and output") {
  const std::vector<Activation> list{Activation::tanh, Activation::leaky_relu, Activation::identity};
  const models::DeepNet net{{.layers = {3, 4, 4, 2}, .output = Activation::sigmoid, .activations = list}};
  CHECK(net.activation(1) == Activation::tanh);
  CHECK(net.activation(2) == Activation::leaky_relu);
  CHECK(net.activation(3) == Activation::identity);
  CHECK(net.options().activations == list);
}

TEST_CASE("the seed decides the weights, and a layer's do not depend on the sizes of others") {
  const models::DeepNet a{{.layers = {3, 4, 2}, .seed = 1}}, same{{.layers = {3, 4, 2}, .seed = 1}};
  const models::DeepNet other{{.layers = {3, 4, 2}, .seed = 2}}, wider{{.layers = {30, 4, 2}, .seed = 1}};
  CHECK(a.W(1).value().at({3, 2}) == same.W(1).value().at({3, 2}));
  CHECK(a.W(1).value().at({3, 2}) != other.W(1).value().at({3, 2}));
  CHECK(a.W(2).value().at({1, 3}) == wider.W(2).value().at({1, 3}));
  CHECK(a.W(1).value().at({0, 0}) != a.W(2).value().at({0, 0}));
}

TEST_CASE("without an initializer W starts as its activation wants it") {
  const models::DeepNet net{{.layers = {200, 300, 200, 300},
                             .activations = {Activation::relu, Activation::leaky_relu, Activation::tanh},
                             .seed = 5,
                             .dtype = DType::f64}};
  const auto stddev = [&](std::int64_t layer) {
    double squares = 0.0;
    for (const double w : net.W(layer).value().data<double>()) squares += w * w;
    return std::sqrt(squares / 60000);
  };
  CHECK(stddev(1) == Approx(std::sqrt(2.0 / 200)).epsilon(0.02));
  CHECK(stddev(2) == Approx(std::sqrt(2.0 / 300)).epsilon(0.02));
  CHECK(stddev(3) == Approx(std::sqrt(2.0 / 500)).epsilon(0.02));
}

TEST_CASE("a deep net computes its layers one after the other") {
  const models::DeepNet net = make(Activation::softmax, 4);
  Tape tape;
  const Var x = tape.constant(examples());
  const Var z = matmul(net.W(2), activate(matmul(net.W(1), x) + net.b(1), Activation::tanh)) + net.b(2);
  CHECK(largest_difference(net.logits(x).value(), z.value()) == 0.0);
  CHECK(largest_difference(net(x).value(), softmax(z).value()) == 0.0);
}

TEST_CASE("the slope of leaky relu is the one asked for") {
  models::DeepNet net{{.layers = {1, 1, 1},
                       .hidden = Activation::leaky_relu(0.25),
                       .output = Activation::identity,
                       .init = [](const Shape& s, Rng&, DType d) { return Tensor::ones(s, d); }}};
  CHECK(net.predict(Tensor::from({-2.0F, 3.0F}, {1, 2})).at({0, 0}) == -0.5);
}

TEST_CASE("the cost for softmax is the cross-entropy of labels or of probabilities") {
  const models::DeepNet net = make(Activation::softmax, 4);
  const Tensor labels = Tensor::from({0, 3, 1, 1, 2, 0}, {6});
  Tensor columns = Tensor::zeros({4, 6}, DType::f64);
  for (std::int64_t i = 0; i < 6; ++i) columns.set({static_cast<std::int64_t>(labels.at({i})), i}, 1.0);
  Tape tape;
  const Var x = tape.constant(examples());
  const Tensor p = net(x).value();
  double expected = 0.0;
  for (std::int64_t i = 0; i < 6; ++i) expected -= std::log(p.at({static_cast<std::int64_t>(labels.at({i})), i})) / 6;
  CHECK(net.cost(x, labels).item() == Approx(expected).epsilon(1e-13));
  CHECK(net.cost(x, columns).item() == Approx(expected).epsilon(1e-13));
}

TEST_CASE("the cost for sigmoid is binary cross-entropy, for others the mean squared error") {
  Rng rng{3};
  const Tensor target = Tensor::uniform({2, 6}, rng, {.dtype = DType::f64});
  Tape tape;
  const Var x = tape.constant(examples());
  const models::DeepNet binary = make(Activation::sigmoid, 2);
  CHECK(binary.cost(x, target).item() == Approx(binary_cross_entropy(binary(x), target).item()).epsilon(1e-13));
  for (const Activation output : {Activation::identity, Activation::tanh, Activation::relu}) {
    const models::DeepNet net = make(output, 2);
    CHECK(net.cost(x, target).item() == mean_squared_error(net(x), target).item());
  }
}

TEST_CASE("a cost without overflow where the logits are huge") {
  models::DeepNet net{{.layers = {1, 1}, .init = init::normal(1.0), .dtype = DType::f64}};
  parameters(net)[0].assign(Tensor::full({1, 1}, 1e4, DType::f64));
  Tape tape;
  const Var cost = net.cost(tape.constant(Tensor::ones({1, 1}, DType::f64)), Tensor::zeros({1, 1}, DType::f64));
  CHECK(cost.item() == Approx(1e4));
}

TEST_CASE("predict gives classes, decisions or values, as the output is") {
  const Tensor x = examples();
  Tape tape;
  const Var on_tape = tape.constant(x);

  const models::DeepNet classes = make(Activation::softmax, 4);
  const Tensor labels = classes.predict(x), p = classes(on_tape).value();
  REQUIRE(labels.shape() == Shape{6});
  CHECK(labels.dtype() == DType::i32);
  for (std::int64_t i = 0; i < 6; ++i) {
    for (std::int64_t k = 0; k < 4; ++k) CHECK(p.at({k, i}) <= p.at({static_cast<std::int64_t>(labels.at({i})), i}));
  }

  const models::DeepNet binary = make(Activation::sigmoid, 1);
  const Tensor decisions = binary.predict(x), q = binary(on_tape).value();
  REQUIRE(decisions.shape() == Shape{1, 6});
  CHECK(decisions.dtype() == DType::f64);
  for (std::int64_t i = 0; i < 6; ++i) CHECK(decisions.at({0, i}) == (q.at({0, i}) > 0.5 ? 1.0 : 0.0));

  const models::DeepNet values = make(Activation::identity, 2);
  CHECK(largest_difference(values.predict(x), values(on_tape).value()) == 0.0);
}

TEST_CASE("of equal classes predict takes the first, and none where an output is NaN") {
  models::DeepNet net{{.layers = {1, 3}, .output = Activation::softmax, .init = init::zeros()}};
  CHECK(net.predict(Tensor::from({1.0F}, {1, 1})).at({0}) == 0.0);
  parameters(net)[1].assign(Tensor::from({0.0F, 2.0F, 2.0F}, {3, 1}));
  CHECK(net.predict(Tensor::from({1.0F}, {1, 1})).at({0}) == 1.0);
  parameters(net)[1].assign(Tensor::from({0.0F, NAN, 2.0F}, {3, 1}));
  CHECK(net.predict(Tensor::from({1.0F}, {1, 1})).at({0}) == -1.0);
}

TEST_CASE("predict works for no examples") {
  const Tensor none = Tensor::zeros({3, 0}, DType::f64);
  CHECK(make(Activation::softmax, 4).predict(none).shape() == Shape{0});
  CHECK(make(Activation::sigmoid, 1).predict(none).shape() == Shape{1, 0});
  CHECK(make(Activation::identity, 2).predict(none).shape() == Shape{2, 0});
}

TEST_CASE("a clone of a deep net trains by itself") {
  models::DeepNet net = make(Activation::sigmoid, 1);
  const models::DeepNet copy = clone(net);
  CHECK(copy.W(1).value().at({4, 2}) == net.W(1).value().at({4, 2}));
  optim::Sgd descent{parameters(net), {.learning_rate = 1.0}};
  Tape tape;
  descent.step(tape.backward(net.cost(tape.constant(examples()), Tensor::ones({1, 6}, DType::f64))));
  CHECK(copy.W(1).value().at({4, 2}) != net.W(1).value().at({4, 2}));
  CHECK(copy.options().layers == net.options().layers);
}

TEST_CASE("repeated steps record over the same nodes") {
  const models::DeepNet net = make(Activation::softmax, 4);
  const Tensor labels = Tensor::from({0, 3, 1, 1, 2, 0}, {6});
  optim::Sgd descent{parameters(net), {.learning_rate = 0.1}};
  Tape tape;
  std::vector<std::size_t> sizes;
  std::vector<double> costs;
  for (int step = 0; step < 5; ++step) {
    tape.rewind();
    const Var cost = net.cost(tape.constant(examples()), labels);
    descent.step(tape.backward(cost));
    sizes.push_back(tape.size());
    costs.push_back(cost.item());
  }
  CHECK(sizes == std::vector<std::size_t>(5, sizes[0]));
  for (std::size_t i = 1; i < costs.size(); ++i) CHECK(costs[i] < costs[i - 1]);
}
