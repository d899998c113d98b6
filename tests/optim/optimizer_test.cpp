#include <capstan/optim/optimizer.hpp>

#include <atomic>
#include <cmath>
#include <limits>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

/// Moves every element by the learning rate against the sign of its gradient.
class SignDescent final : public optim::OptimizerOf<SignDescent> {
 public:
  SignDescent(optim::ParameterList parameters, double learning_rate,
              std::source_location where = std::source_location::current())
      : OptimizerOf{std::move(parameters), {.name = "SignDescent", .learning_rate = learning_rate}, where} {}

  template <class T>
  void move(const optim::Part<T>& part) const {
    for (const optim::Run<T>& x : part) {
      for (std::size_t i = 0; i < x.p.size(); ++i) x.p[i] -= std::copysign(static_cast<T>(part.learning_rate), x.dp[i]);
    }
  }
};

/// v := v/2 + dp, p := p − α·v, where v begins with `start`; a number doubles with each step.
class Gliding final : public optim::OptimizerOf<Gliding> {
 public:
  Gliding(optim::ParameterList parameters, double learning_rate, double start = 0.0,
          std::source_location where = std::source_location::current())
      : OptimizerOf{
            std::move(parameters),
            {.name = "Gliding", .learning_rate = learning_rate, .slots = {{"v", start}}, .numbers = {{"doubled", 1.0}}},
            where} {}

  template <class T>
  void move(const optim::Part<T>& part) {
    if (part.numbers[1] != std::exp2(part.step - 1.0)) numbers_fit = false;
    for (const optim::Run<T>& x : part) {
      const std::span<T> v = x.slot(0);
      for (std::size_t i = 0; i < x.p.size(); ++i) {
        v[i] = v[i] / 2 + x.dp[i];
        x.p[i] -= static_cast<T>(part.learning_rate) * v[i];
      }
    }
  }

  std::atomic<bool> numbers_fit = true;

 private:
  void updated(std::size_t, std::span<double> numbers) override { numbers[1] *= 2.0; }
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

TEST_CASE("An optimizer that was moved from throws when it is to make a step") {
  const Parameter a = parameter("a");
  SignDescent first{{a}, 0.5};
  const SignDescent second = std::move(first);
  Tape tape;
  const Gradients g = gradients_of(tape, {a});
  CHECK_THROWS_AS(first.step(g), ValueError);
  CHECK_THROWS_WITH(first.step(g), ContainsSubstring("SignDescent: it has no parameters, it was moved from\n  at "
                                                     "optimizer_test.cpp:"));
  CHECK(first.parameters().empty());
  CHECK(first.skipped().empty());
  CHECK(a.version() == 0);
}

TEST_CASE("An optimizer that remembers makes one step on any number of threads") {
  // The gradient is laid out like the parameter, or across it.
  constexpr std::int64_t rows = 300, columns = 500;
  Rng rng{4};
  const Tensor slope = Tensor::normal({rows, columns}, rng), across = Tensor::normal({columns, rows}, rng);
  for (const Tensor& dp : {slope, across.transpose()}) {
    std::vector<Tensor> found;
    for (const int count : {1, 2, 4}) {
      const Threads limit{count};
      const Parameter p{"p", Tensor::ones({rows, columns})};
      Gliding descent{{p}, 0.5};
      Tape tape;
      for (int step = 0; step < 2; ++step) {
        tape.rewind();
        descent.step(tape.backward(sum(tape.parameter(p) * dp)));
      }
      CHECK(p.version() == 2);
      CHECK(descent.numbers_fit);
      CHECK(descent.state()[0].value.item() == 2.0);
      CHECK(descent.state()[1].value.item() == 4.0);
      found.push_back(p.value().copy());
    }
    bool all = true;
    for (std::int64_t i = 0; i < rows; ++i) {
      for (std::int64_t j = 0; j < columns; ++j) {
        const double d = dp.at({i, j});
        all = all && std::abs(found[0].at({i, j}) - (1.0 - 0.5 * d - 0.5 * 1.5 * d)) < 1e-5;
      }
    }
    CHECK(all);
    CHECK(same_bits(found[0], found[1]));
    CHECK(same_bits(found[0], found[2]));
  }
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
  auto& of_b = const_cast<Tensor&>(g[b]);
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

TEST_CASE("State lists steps, numbers and slots of every parameter that was moved, and can be put back by name") {
  const Parameter a = parameter("a"), b = parameter("b"), twin = parameter("b");
  Gliding descent{{a, b, twin}, 0.5, 8.0};
  CHECK(descent.state().empty());
  Tape tape;
  descent.step(gradients_of(tape, {a, twin}));
  descent.step(gradients_of(tape, {twin}));
  const std::vector<optim::StateEntry> state = descent.state();
  std::vector<std::string> names;
  for (const optim::StateEntry& entry : state) names.push_back(entry.name());
  CHECK(names == std::vector<std::string>{"a.steps", "a.doubled", "a.v", "b#2.steps", "b#2.doubled", "b#2.v"});
  CHECK(state[3].value.item() == 2.0);
  CHECK(state[4].value.item() == 4.0);
  CHECK(state[5].parameter == "b#2");
  CHECK(state[5].slot == "v");
  CHECK(state[5].value.at({0}) == 3.5);

  Gliding other{{a, b, twin}, 0.5};
  other.set_state({state.rbegin(), state.rend()});  // in any order
  const std::vector<optim::StateEntry> again = other.state();
  REQUIRE(again.size() == state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    CHECK(again[i].name() == state[i].name());
    CHECK(same_bits(again[i].value, state[i].value));
  }
  CHECK(descent.name() == "Gliding");
}

TEST_CASE("A parameter that is not in the state starts anew, from the values that were declared") {
  const Parameter a = parameter("a");
  Gliding descent{{a}, 0.0, 8.0};
  Tape tape;
  descent.step(gradients_of(tape, {a}));
  descent.set_state({});
  CHECK(descent.state().empty());
  descent.step(gradients_of(tape, {a}));
  CHECK(descent.state()[2].value.at({0}) == 5.0);
  CHECK(descent.numbers_fit);
}

TEST_CASE("Part of a parameter's state, or a count of steps that is none, is refused and nothing is changed") {
  const Parameter a = parameter("a");
  Gliding descent{{a}, 0.5};
  Tape tape;
  descent.step(gradients_of(tape, {a}));
  std::vector<optim::StateEntry> state = descent.state(), part = state;
  part.pop_back();
  CHECK_THROWS_AS(descent.set_state(part), ValueError);
  CHECK_THROWS_WITH(descent.set_state(part),
                    ContainsSubstring("Gliding: a parameter's state must be whole, \"v\" of \"a\" is missing\n  at "
                                      "optimizer_test.cpp:"));
  state[0].value = Tensor::scalar(1.5, DType::f64);
  CHECK_THROWS_AS(descent.set_state(state), ValueError);
  CHECK_THROWS_WITH(descent.set_state(state),
                    ContainsSubstring("Gliding: \"a.steps\" must be a whole number above 0, got 1.5\n"));
  state[0].value = Tensor::scalar(1.0);
  CHECK_THROWS_AS(descent.set_state(state), DTypeError);
  CHECK_THROWS_WITH(descent.set_state(state),
                    ContainsSubstring("Gliding: state must have that of a number dtype, got f32 for f64\n"));
  CHECK(descent.state()[0].value.item() == 1.0);
}
