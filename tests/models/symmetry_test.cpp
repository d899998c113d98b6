// Random initialization, as the notes explain it: units that start equal stay equal for ever.
#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/optim/sgd.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

struct Problem {
  Tensor x, y;
};

/// Two classes that no line divides: inside and outside of a circle.
Problem circle() {
  Rng rng{23};
  Problem p{Tensor::normal({2, 100}, rng, {.dtype = DType::f64}), Tensor::zeros({1, 100}, DType::f64)};
  for (std::int64_t i = 0; i < 100; ++i) {
    const double a = p.x.at({0, i}), b = p.x.at({1, i});
    p.y.set({0, i}, a * a + b * b < 1.4 ? 1.0 : 0.0);
  }
  return p;
}

double train(const models::DeepNet& net, int steps) {
  const Problem problem = circle();
  optim::Sgd descent{parameters(net), {.learning_rate = 1.0}};
  Tape tape;
  double last = 0.0;
  for (int step = 0; step < steps; ++step) {
    tape.rewind();
    const Var cost = net.cost(tape.constant(problem.x), problem.y);
    descent.step(tape.backward(cost));
    last = cost.item();
  }
  return last;
}

models::DeepNet make(Activation hidden, init::Initializer init) {
  return models::DeepNet{
      {.layers = {2, 4, 1}, .hidden = hidden, .init = std::move(init), .seed = 1, .dtype = DType::f64}};
}

}  // namespace

TEST_CASE("sigmoid units that start at zero learn, but stay equal for ever") {
  const models::DeepNet net = make(Activation::sigmoid, init::zeros());
  train(net, 200);
  const Tensor W1 = net.W(1).value(), b1 = net.b(1).value(), W2 = net.W(2).value();
  CHECK(W1.at({0, 0}) != 0.0);
  for (std::int64_t unit = 1; unit < 4; ++unit) {
    CHECK(W1.at({unit, 0}) == W1.at({0, 0}));
    CHECK(W1.at({unit, 1}) == W1.at({0, 1}));
    CHECK(b1.at({unit, 0}) == b1.at({0, 0}));
    CHECK(W2.at({0, unit}) == W2.at({0, 0}));
  }
}

TEST_CASE("tanh units that start at zero do not even learn: only the last b moves") {
  const models::DeepNet net = make(Activation::tanh, init::zeros());
  train(net, 50);
  for (const double value : net.W(1).value().data<double>()) CHECK(value == 0.0);
  for (const double value : net.W(2).value().data<double>()) CHECK(value == 0.0);
  CHECK(net.b(2).value().item() != 0.0);
}

TEST_CASE("random initialization breaks the symmetry, and the net learns what equal units cannot") {
  const models::DeepNet net = make(Activation::tanh, init::normal(0.01));
  const double cost = train(net, 2000);
  const Tensor W1 = net.W(1).value();
  for (std::int64_t unit = 1; unit < 4; ++unit) CHECK(W1.at({unit, 0}) != W1.at({0, 0}));
  CHECK(cost < 0.2);
  CHECK(train(make(Activation::sigmoid, init::zeros()), 2000) > 0.5);
}
