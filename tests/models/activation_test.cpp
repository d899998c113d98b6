#include <capstan/models/activation.hpp>

#include <cmath>
#include <span>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/summary.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

std::vector<Activation> all() {
  return {Activation::identity, Activation::sigmoid,    Activation::tanh,
          Activation::relu,     Activation::leaky_relu, Activation::softmax};
}

Activation own_mish() {
  return {
      .name = "mish", .function = [](const Operand& z) { return z * tanh(softplus(z)); }, .initializer = init::he()};
}

/// A rate, as counts have one: exp(z), with the loss of Poisson's distribution.
Activation rate() {
  return {.name = "rate",
          .function = [](const Operand& z) { return exp(z); },
          .loss = [](const Operand& z, const Operand& y) { return mean(exp(z) - y * z); }};
}

}  // namespace

TEST_CASE("activate computes the function of an activation") {
  Tape tape;
  const Var z = tape.constant(Tensor::from({-1.0, 2.0}, {2, 1}));
  const auto first = [&](const Activation& activation) { return activate(z, activation).value().at({0, 0}); };
  CHECK(first(Activation::identity) == -1.0);
  CHECK(first(Activation::sigmoid) == Approx(1.0 / (1.0 + std::exp(1.0))).epsilon(1e-14));
  CHECK(first(Activation::tanh) == Approx(std::tanh(-1.0)).epsilon(1e-14));
  CHECK(first(Activation::relu) == 0.0);
  CHECK(first(Activation::leaky_relu) == -0.01);
  CHECK(first(Activation::leaky_relu(0.2)) == -0.2);
  CHECK(first(Activation::softmax) == Approx(1.0 / (1.0 + std::exp(3.0))).epsilon(1e-14));
  CHECK(first(own_mish()) == Approx(-std::tanh(std::log1p(std::exp(-1.0)))).epsilon(1e-14));
}

TEST_CASE("identity records nothing") {
  Tape tape;
  const Var z = tape.constant(Tensor::zeros({2, 2}));
  const std::size_t before = tape.size();
  CHECK(activate(z, Activation::identity).id() == z.id());
  CHECK(tape.size() == before);
}

TEST_CASE("activations are equal where their names are") {
  CHECK(Activation::relu == Activation::relu);
  CHECK(Activation::relu != Activation::leaky_relu);
  CHECK(Activation::leaky_relu(0.01) == Activation::leaky_relu);
  CHECK(Activation::leaky_relu(0.2) != Activation::leaky_relu);
  CHECK(own_mish() == own_mish());
  CHECK(own_mish() != Activation::relu);
}

TEST_CASE("the library's activations are found by their names") {
  for (const Activation& activation : all()) {
    CAPTURE(activation.name);
    const auto found = Activation::find(activation.name);
    REQUIRE(found);
    CHECK(*found == activation);
    CHECK(found->decision == activation.decision);
  }
  const Activation steep = Activation::leaky_relu(1.0 / 3.0);
  Tape tape;
  const Var z = tape.constant(Tensor::from({-1.0}, {1}));
  CHECK(activate(z, Activation::find(steep.name).value()).item() == -1.0 / 3.0);
  for (const char* name :
       {"mish", "", "relu(0.2)", "leaky_relu()", "leaky_relu(x)", "leaky_relu(0.2", "leaky_relu(nan)"}) {
    CAPTURE(name);
    CHECK_FALSE(Activation::find(name));
  }
}

TEST_CASE("a slope that is no number is refused") {
  CHECK_THROWS_AS(Activation::leaky_relu(NAN), ValueError);
  CHECK_THROWS_WITH(Activation::leaky_relu(INFINITY, here),
                    "Activation::leaky_relu: negative_slope must be finite, got inf" + at);
}

TEST_CASE("an activation wants z on a tape, and a function") {
  for (const Activation& activation : all()) {
    CAPTURE(activation.name);
    CHECK_THROWS_AS(activate(Tensor::zeros({2, 2}), activation), ValueError);
  }
  CHECK_THROWS_WITH(activate(Tensor::zeros({2, 2}), Activation::identity),
                    Catch::ContainsSubstring("activate: z must be on a tape") && Catch::ContainsSubstring("(2, 2)") &&
                        Catch::ContainsSubstring("at activation_test.cpp"));
  Tape tape;
  const Var z = tape.constant(Tensor::zeros({2, 2}));
  CHECK_THROWS_AS(activate(z, {.name = "none"}), ValueError);
  CHECK_THROWS_WITH(activate(z, {.name = "none"}),
                    Catch::ContainsSubstring("activate: the activation \"none\" has no function"));
  CHECK(tape.size() == 1);
}

TEST_CASE("a function that is refused halfway leaves no trace") {
  const Activation wrong{.name = "wrong",
                         .function = [](const Operand& z) { return exp(z) + Tensor::zeros({7, 7, 7}); }};
  Tape tape;
  const Var z = tape.constant(Tensor::zeros({2, 2}));
  CHECK_THROWS_AS(activate(z, wrong), ShapeError);
  CHECK(tape.size() == 1);
}

TEST_CASE("a user's activation has the gradient of its function, in a net too") {
  Rng rng{1};
  const Tensor x = Tensor::normal({3, 5}, rng, {.dtype = DType::f64});
  const auto report = check_gradient([](std::span<const Var> z) { return sum(activate(z[0], own_mish())); }, {x});
  CHECK(report.passed());
  const models::DeepNet net{{.layers = {3, 4, 2}, .hidden = own_mish(), .output = rate(), .dtype = DType::f64}};
  const Tensor y = Tensor::ones({2, 5}, DType::f64);
  CHECK(check_gradient([&](std::span<const Var> z) { return net.cost(z[0], y); }, {x}).passed());
}

TEST_CASE("a user's activation starts, costs and is named as it says") {
  const models::DeepNet net{
      {.layers = {300, 200, 2}, .hidden = own_mish(), .output = rate(), .seed = 5, .dtype = DType::f64}};
  double squares = 0.0;
  for (const double w : net.W(1).value().data<double>()) squares += w * w;
  CHECK(std::sqrt(squares / 60000) == Approx(std::sqrt(2.0 / 300)).epsilon(0.02));
  CHECK(models::summary(net).find("  mish  ") != std::string::npos);
  CHECK(net.decision() == models::Decision::none);
  Rng rng{2};
  Tape tape;
  const Var x = tape.constant(Tensor::normal({300, 6}, rng, {.dtype = DType::f64}));
  const Tensor y = Tensor::full({2, 6}, 3.0, DType::f64), a = net(x).value();
  double expected = 0.0;
  for (std::int64_t k = 0; k < 2; ++k) {
    for (std::int64_t i = 0; i < 6; ++i) expected += (a.at({k, i}) - 3.0 * std::log(a.at({k, i}))) / 12;
  }
  CHECK(net.cost(x, y).item() == Approx(expected).epsilon(1e-12));
}

TEST_CASE("a net of a user's activations learns") {
  models::DeepNet net{{.layers = {1, 8, 1}, .hidden = own_mish(), .output = rate(), .seed = 3}};
  optim::Sgd descent{parameters(net), {.learning_rate = 0.05}};
  Tensor x = Tensor::zeros({1, 20}), y = Tensor::zeros({1, 20});
  for (std::int64_t i = 0; i < 20; ++i) {
    x.set({0, i}, static_cast<double>(i) / 10.0 - 1.0);
    y.set({0, i}, std::exp(1.0 - x.at({0, i})));
  }
  Tape tape;
  for (int step = 0; step < 2000; ++step) {
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), y)));
  }
  const Tensor answers = net.predict(x);
  for (std::int64_t i = 0; i < 20; ++i) CHECK(answers.at({0, i}) == Approx(y.at({0, i})).epsilon(0.1));
}
