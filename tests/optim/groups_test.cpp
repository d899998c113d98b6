#include <capstan/optim/group.hpp>
#include <capstan/optim/sgd.hpp>

#include <cmath>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Sgd;
using optim::SgdOptions;

namespace {

Parameter parameter(const std::string& name) { return {name, Tensor::from({1.0, 2.0}, {2})}; }

/// A net of two layers, whose parameters are called alike.
struct Example {
  Parameter W1 = parameter("W"), b1 = parameter("b"), W2 = parameter("W"), b2 = parameter("b");
  std::vector<NamedParameter> named{{"in.W", W1}, {"in.b", b1}, {"out.W", W2}, {"out.b", b2}};

  /// One step with gradients of 1.
  void step(optim::Optimizer& descent) const {
    Tape tape;
    descent.step(tape.backward(sum(tape.parameter(W1) + b1 + W2 + b2)));
  }
  void refuse(const SgdOptions& options, const std::string& text) const {
    INFO(text);
    CHECK_THROWS_AS(Sgd(named, options), ValueError);
    CHECK_THROWS_WITH(Sgd(named, options),
                      ContainsSubstring("Sgd: " + text) && ContainsSubstring("\n  at groups_test.cpp:"));
  }
};

}  // namespace

TEST_CASE("A group's options hold for the parameters that its patterns name, the others' for the rest") {
  const Example e;
  Sgd descent{e.named,
              {.learning_rate = 0.5, .weight_decay = 0.25, .groups = {{.names = {"*.b"}, .weight_decay = 0.0}}}};
  e.step(descent);
  CHECK(e.W1.value().at({1}) == 2.0 - 0.5 * (1.0 + 0.25 * 2.0));
  CHECK(e.W2.value().at({0}) == 1.0 - 0.5 * (1.0 + 0.25 * 1.0));
  CHECK(e.b1.value().at({1}) == 1.5);
  CHECK(e.b2.value().at({0}) == 0.5);
  CHECK(descent.weight_decay(e.W1) == 0.25);
  CHECK(descent.weight_decay(e.b1) == 0.0);
  CHECK(descent.learning_rate(e.b1) == 0.5);
}

TEST_CASE("Groups select by the parameters' own names, and by the parameters themselves") {
  const Example e;
  Sgd descent{{e.W1, e.b1, e.W2, e.b2},
              {.learning_rate = 0.5, .groups = {{.names = {"?"}, .parameters = {e.b1}, .learning_rate = 0.25}}}};
  CHECK(descent.learning_rate(e.W2) == 0.25);
  Sgd other{{e.W1, e.b1, e.W2, e.b2},
            {.learning_rate = 0.5, .groups = {{.names = {"[VW]"}, .parameters = {e.b2}, .learning_rate = 0.0}}}};
  CHECK(other.learning_rate(e.b2) == 0.0);
  CHECK(other.learning_rate(e.W1) == 0.0);
  CHECK(other.learning_rate(e.b1) == 0.5);
}

TEST_CASE("A group's learning rate keeps its ratio to the optimizer's") {
  const Example e;
  Sgd descent{e.named, {.learning_rate = 0.5, .groups = {{.names = {"out.*"}, .learning_rate = 0.125}}}};
  CHECK(descent.learning_rate(e.W2) == 0.125);
  descent.set_learning_rate(0.25);
  CHECK(descent.learning_rate(e.W1) == 0.25);
  CHECK(descent.learning_rate(e.W2) == 0.0625);
  e.step(descent);
  CHECK(e.W1.value().at({0}) == 0.75);
  CHECK(e.W2.value().at({0}) == 1.0 - 0.0625);
  CHECK(descent.options().learning_rate == 0.25);

  Sgd frozen{e.named, {.learning_rate = 0.0, .groups = {{.names = {"out.*"}, .learning_rate = 0.125}}}};
  frozen.set_learning_rate(1.0);
  CHECK(frozen.learning_rate(e.W1) == 1.0);
  CHECK(frozen.learning_rate(e.W2) == 0.125);
}

TEST_CASE("Groups that select nothing, or what is not there, are refused by name") {
  const Example e;
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"in.*"}}, {.weight_decay = 0.0}}},
           "group 1 must have names or parameters, got neither");
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"in.*", "b"}}}},
           "\"b\" of group 0 must match the name of a parameter, got none\n"
           "  parameters: \"in.W\", \"in.b\", \"out.W\", \"out.b\"");
  e.refuse({.learning_rate = 0.5, .groups = {{.parameters = {e.b1, parameter("stranger")}}}},
           "parameter \"stranger\" of group 0 is not among the optimizer's");
}

TEST_CASE("A parameter in two groups is refused") {
  const Example e;
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"in.*"}}, {.names = {"*.b"}}}},
           "every parameter must be in one group, got \"in.b\" in groups 0 and 1");
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"in.*"}}, {.parameters = {e.W1}}}},
           "every parameter must be in one group, got \"in.W\" in groups 0 and 1");
  CHECK_NOTHROW(Sgd(e.named, {.learning_rate = 0.5, .groups = {{.names = {"in.*", "*.W", "in.b"}}}}));
}

TEST_CASE("Options of a group that are out of range are refused") {
  const Example e;
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"*"}, .learning_rate = -1.0}}},
           "learning_rate of group 0 must be finite and not negative, got -1");
  e.refuse({.learning_rate = 0.5, .groups = {{.names = {"*"}, .weight_decay = std::nan("")}}},
           "weight_decay of group 0 must be finite and not negative, got nan");
}

TEST_CASE("What a parameter is moved with is known only of the optimizer's own") {
  const Example e;
  const Sgd descent{e.named, {.learning_rate = 0.5}};
  const Parameter stranger = parameter("stranger");
  CHECK_THROWS_AS(descent.learning_rate(stranger), ValueError);
  CHECK_THROWS_WITH(
      descent.weight_decay(stranger),
      ContainsSubstring("Sgd: parameter \"stranger\" is not among the optimizer's\n  at groups_test.cpp:"));
}

TEST_CASE("An optimizer of named parameters speaks of them by these names") {
  const Example e;
  Sgd descent{e.named, {.learning_rate = 0.5, .momentum = 0.5}};
  Tape tape;
  descent.step(tape.backward(sum(tape.parameter(e.b2))));
  CHECK(descent.skipped() == std::vector<std::string>{"in.W", "in.b", "out.W"});
  CHECK(descent.state()[1].name() == "out.b.momentum");
}

TEST_CASE("Biases and normalisations without decay are one line") {
  const Parameter W = parameter("W"), b = parameter("b"), b12 = parameter("b12"), gamma = parameter("gamma"),
                  beta = parameter("beta2"), bias = parameter("bias"), table = parameter("table"),
                  big = parameter("big");
  const std::vector<NamedParameter> named{{"in.W", W},           {"in.b", b},          {"b12", b12},
                                          {"norm.gamma", gamma}, {"norm.beta2", beta}, {"0.bias", bias},
                                          {"b.table", table},    {"big", big}};
  Sgd descent{named, {.learning_rate = 0.5, .weight_decay = 0.25, .groups = optim::no_decay(named)}};
  for (const Parameter& p : {b, b12, gamma, beta, bias}) CHECK(descent.weight_decay(p) == 0.0);
  for (const Parameter& p : {W, table, big}) CHECK(descent.weight_decay(p) == 0.25);
  Sgd other{{W, b}, {.learning_rate = 0.5, .weight_decay = 0.25, .groups = optim::no_decay({W, b})}};
  CHECK(other.weight_decay(b) == 0.0);
  CHECK(other.weight_decay(W) == 0.25);
  CHECK(optim::no_decay({W, table}).empty());
}
