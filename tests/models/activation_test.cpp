#include <capstan/models/activation.hpp>

#include <cmath>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

constexpr Activation all[] = {Activation::identity, Activation::sigmoid,    Activation::tanh,
                              Activation::relu,     Activation::leaky_relu, Activation::softmax};

}  // namespace

TEST_CASE("activate computes the function by name") {
  Tape tape;
  const Var z = tape.constant(Tensor::from({-1.0, 2.0}, {2, 1}));
  const auto first = [&](Activation activation) { return activate(z, activation).value().at({0, 0}); };
  CHECK(first(Activation::identity) == -1.0);
  CHECK(first(Activation::sigmoid) == Approx(1.0 / (1.0 + std::exp(1.0))).epsilon(1e-14));
  CHECK(first(Activation::tanh) == Approx(std::tanh(-1.0)).epsilon(1e-14));
  CHECK(first(Activation::relu) == 0.0);
  CHECK(first(Activation::leaky_relu) == -0.01);
  CHECK(first(Activation::softmax) == Approx(1.0 / (1.0 + std::exp(3.0))).epsilon(1e-14));
  CHECK(activate(z, Activation::leaky_relu, {.leaky_slope = 0.2}).value().at({0, 0}) == -0.2);
}

TEST_CASE("identity records nothing") {
  Tape tape;
  const Var z = tape.constant(Tensor::zeros({2, 2}));
  const std::size_t before = tape.size();
  CHECK(activate(z, Activation::identity).id() == z.id());
  CHECK(tape.size() == before);
}

TEST_CASE("an activation has its name, and a number that is none has not") {
  CHECK(name_of(Activation::leaky_relu) == "leaky_relu");
  CHECK(name_of(Activation::identity) == "identity");
  CHECK(name_of(static_cast<Activation>(99)) == "unknown");
}

TEST_CASE("an activation wants z on a tape") {
  for (const Activation activation : all) {
    CAPTURE(name_of(activation));
    CHECK_THROWS_AS(activate(Tensor::zeros({2, 2}), activation), ValueError);
  }
  CHECK_THROWS_WITH(activate(Tensor::zeros({2, 2}), Activation::identity),
                    Catch::ContainsSubstring("activate: z must be on a tape") && Catch::ContainsSubstring("(2, 2)") &&
                        Catch::ContainsSubstring("at activation_test.cpp"));
}

TEST_CASE("a number that is no activation is refused, and nothing is recorded") {
  Tape tape;
  const Var z = tape.constant(Tensor::zeros({2, 2}));
  CHECK_THROWS_AS(activate(z, static_cast<Activation>(99)), ValueError);
  CHECK_THROWS_WITH(activate(z, static_cast<Activation>(99)),
                    Catch::ContainsSubstring("activate: there is no activation 99"));
  CHECK(tape.size() == 1);
}
