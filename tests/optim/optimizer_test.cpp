#include <capstan/optim/optimizer.hpp>

#include <cmath>
#include <limits>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <capstan/graph/error.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

/// Moves every element by the learning rate against the sign of its gradient.
class SignDescent final : public optim::Optimizer {
 public:
  SignDescent(std::vector<Parameter> parameters, double learning_rate,
              std::source_location where = std::source_location::current())
      : Optimizer{"SignDescent", std::move(parameters), learning_rate, where} {}
  std::vector<optim::StateEntry> state() const override { return {}; }
  void set_state(const std::vector<optim::StateEntry>&, std::source_location) override {}

 private:
  void update(std::size_t index, const Tensor& gradient, std::int64_t, std::int64_t) override {
    const Tensor& value = parameters()[index].value();
    auto* const p = static_cast<double*>(value.raw());
    for (std::int64_t i = 0; i < value.elements(); ++i) p[i] -= std::copysign(learning_rate(), gradient.at({i}));
  }
};

Parameter parameter(const std::string& name) { return {name, Tensor::from({1.0, 2.0}, {2})}; }

/// Gradients of 1 and −1 for each parameter.
Gradients gradients_of(Tape& tape, const std::vector<Parameter>& parameters) {
  tape.rewind();
  const Var slope = tape.constant(Tensor::from({1.0, -1.0}, {2}));
  Var cost = sum(slope * parameters[0]);
  for (std::size_t i = 1; i < parameters.size(); ++i) cost = cost + sum(slope * parameters[i]);
  return tape.backward(cost);
}

}  // namespace

TEST_CASE("A step moves the parameters that have a gradient, leaves the others alone and names them") {
  const Parameter a = parameter("a"), b = parameter("b"), c = parameter("c");
  SignDescent descent{{a, b, c}, 0.5};
  CHECK(descent.skipped().empty());
  Tape tape;
  descent.step(gradients_of(tape, {c, a}));
  CHECK(a.value().at({0}) == 0.5);
  CHECK(a.value().at({1}) == 2.5);
  CHECK(b.value().at({0}) == 1.0);
  CHECK(c.value().at({0}) == 0.5);
  CHECK(b.version() == 0);
  CHECK(descent.skipped() == std::vector<std::string>{"b"});
  descent.step(gradients_of(tape, {b, a, c}));
  CHECK(descent.skipped().empty());
  descent.step(Gradients{});
  CHECK(descent.skipped() == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("Gradients of parameters that are not the optimizer's are no concern of it") {
  const Parameter a = parameter("a"), stranger = parameter("a");
  SignDescent descent{{a}, 0.5};
  Tape tape;
  descent.step(gradients_of(tape, {stranger}));
  CHECK(stranger.value().at({0}) == 1.0);
  CHECK(descent.skipped() == std::vector<std::string>{"a"});
}

TEST_CASE("A step counts as a write at the user's line, so that a tape refuses values of before") {
  const Parameter a = parameter("a");
  SignDescent descent{{a}, 0.5};
  Tape tape;
  const Gradients g = gradients_of(tape, {a});
  const Var late = sum(a * tape.parameter(a));
  const auto version = a.version();
  descent.step(g);
  const auto line = std::source_location::current().line() - 1;
  CHECK(a.version() == version + 1);
  CHECK_THROWS_AS(late.item(), StaleValueError);
  CHECK_THROWS_WITH(late.item(), ContainsSubstring("written at optimizer_test.cpp:" + std::to_string(line)));
}

TEST_CASE("An optimizer hands out its parameters and can be moved but not copied") {
  const Parameter a = parameter("a"), b = parameter("b");
  SignDescent first{{a, b}, 0.5};
  CHECK(first.parameters() == std::vector<Parameter>{a, b});
  CHECK_FALSE(std::is_copy_constructible_v<SignDescent>);
  SignDescent second = std::move(first);
  Tape tape;
  second.step(gradients_of(tape, {a}));
  CHECK(a.value().at({0}) == 0.5);
}

TEST_CASE("An optimizer needs parameters, each of them once") {
  CHECK_THROWS_AS(SignDescent({}, 0.1), ValueError);
  CHECK_THROWS_WITH(
      SignDescent({}, 0.1),
      ContainsSubstring("SignDescent: needs at least one parameter, got an empty list\n  at optimizer_test.cpp:"));
  const Parameter a = parameter("a"), b = parameter("b"), a_again = a;
  CHECK_THROWS_AS(SignDescent({b, a, a_again}, 0.1), ValueError);
  CHECK_THROWS_WITH(
      SignDescent({b, a, a_again}, 0.1),
      ContainsSubstring("SignDescent: every parameter must be given once, got \"a\" at positions 1 and 2\n"
                        "  at optimizer_test.cpp:"));
  CHECK_NOTHROW(SignDescent({a, parameter("a")}, 0.1));  // two parameters may have one name
}

TEST_CASE("A learning rate must be finite and not negative, from the start and later") {
  const Parameter a = parameter("a");
  CHECK_THROWS_AS(SignDescent({a}, -1.0), ValueError);
  CHECK_THROWS_WITH(SignDescent({a}, -1.0),
                    ContainsSubstring("SignDescent: learning_rate must be finite and not negative, got -1\n  at "
                                      "optimizer_test.cpp:"));
  SignDescent descent{{a}, 0.5};
  CHECK_THROWS_AS(descent.set_learning_rate(std::nan("")), ValueError);
  CHECK_THROWS_WITH(descent.set_learning_rate(std::nan("")),
                    ContainsSubstring("SignDescent: learning_rate must be finite and not negative, got nan\n  at "
                                      "optimizer_test.cpp:"));
  CHECK(descent.learning_rate() == 0.5);
  descent.set_learning_rate(0.0);
  CHECK(descent.learning_rate() == 0.0);
}

TEST_CASE("A gradient that does not fit its parameter is refused before anything is written") {
  const Parameter a = parameter("a"), b = parameter("b");
  SignDescent descent{{a, b}, 0.5};
  Tape tape;
  const Gradients g = gradients_of(tape, {a, b});
  // No tape and no function of Gradients gives such a thing: the test reaches in.
  Tensor& of_b = const_cast<Tensor&>(g[b]);
  of_b = Tensor::from({1.0, 2.0, 3.0}, {3});
  CHECK_THROWS_AS(descent.step(g), ShapeError);
  CHECK_THROWS_WITH(
      descent.step(g),
      ContainsSubstring("SignDescent: a gradient must have its parameter's shape, got (3) for (2)\n"
                        "  parameter: \"b\" (2) of f64\n  gradient: (3) of f64\n  at optimizer_test.cpp:"));
  of_b = Tensor::zeros({2});
  CHECK_THROWS_AS(descent.step(g), DTypeError);
  CHECK_THROWS_WITH(
      descent.step(g),
      ContainsSubstring("SignDescent: a gradient must have its parameter's dtype, got f32 for f64\n"
                        "  parameter: \"b\" (2) of f64\n  gradient: (2) of f32\n  at optimizer_test.cpp:"));
  CHECK(a.value().at({0}) == 1.0);
  CHECK(a.version() == 0);
}
