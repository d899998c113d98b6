#include <array>
#include <optional>
#include <string>
#include <vector>

#include <capstan/models/linear.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

Parameter numbers(const std::string& name, double value) { return {name, Tensor::full({2, 3}, value)}; }

struct Tower {
  Parameter W = numbers("W", 1.0);
  std::optional<Parameter> b = {};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("W", W);
    v("b", b);
  }
};

struct Net {
  Tower left, right;
  std::vector<Tower> layers = std::vector<Tower>(2);
  std::array<Parameter, 2> scales = {numbers("s", 2.0), numbers("s", 3.0)};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("left", left);
    v("right", right);
    v("layers", layers);
    v("scales", scales);
  }
};

/// Its visit is const, as a reader of parameters may well write it.
struct ConstNet {
  Parameter a = numbers("a", 1.0);
  std::vector<Tower> towers = std::vector<Tower>(1);

  template <class Visitor>
  void visit(Visitor&& v) const {
    v("a", a);
    v("towers", towers);
  }
};

/// Counts how often it is visited itself.
struct Counting {
  Parameter a = numbers("a", 1.0);
  int visits = 0;

  template <class Visitor>
  void visit(Visitor&& v) {
    ++visits;
    v("a", a);
  }
};

/// An embedding and an output that share one parameter.
struct Tied {
  Parameter in = numbers("shared", 1.0);
  Parameter out = in;
  Parameter own = numbers("own", 2.0);

  template <class Visitor>
  void visit(Visitor&& v) {
    v("in", in);
    v("out", out);
    v("own", own);
  }
};

struct Confused {
  Parameter a = numbers("a", 1.0);
  Parameter b = Parameter{"b", Tensor::zeros({4})};

  template <class Visitor>
  void visit(Visitor&& v) {
    v("same", a);
    v("same", b);
  }
};

template <class Model>
std::vector<std::string> names(const Model& model) {
  std::vector<std::string> result;
  for (const auto& [name, parameter] : named_parameters(model)) result.push_back(name);
  return result;
}

}  // namespace

TEST_CASE("parameters come with their whole names, in the order of visit") {
  Net net;
  net.right.b = numbers("b", 0.0);
  CHECK(names(net) ==
        std::vector<std::string>{"left.W", "right.W", "right.b", "layers.0.W", "layers.1.W", "scales.0", "scales.1"});
  const auto all = parameters(net);
  REQUIRE(all.size() == 7);
  CHECK(all[0] == net.left.W);
  CHECK(all[2] == *net.right.b);
  CHECK(all[6] == net.scales[1]);
}

TEST_CASE("parameters are handles: writing one writes the model") {
  Net net;
  parameters(net)[0].assign(Tensor::full({2, 3}, 7.0));
  CHECK(net.left.W.value().at({1, 2}) == 7.0);
}

TEST_CASE("a const model and a const visit show their parameters too") {
  const Net net;
  CHECK(parameters(net).size() == 6);
  const ConstNet other;
  CHECK(names(other) == std::vector<std::string>{"a", "towers.0.W"});
}

TEST_CASE("a visit that is not const never sees a const model itself") {
  const Counting fixed;
  CHECK(parameters(fixed)[0] == fixed.a);
  CHECK(fixed.visits == 0);
  Counting open;
  CHECK(parameters(open)[0] == open.a);
  CHECK(open.visits == 1);
}

TEST_CASE("a parameter shown in two places comes once, under its first name") {
  const Tied tied;
  CHECK(names(tied) == std::vector<std::string>{"in", "own"});
  CHECK(parameter_count(tied) == 12);
}

TEST_CASE("parameter_count counts the elements of all parameters") {
  Net net;
  CHECK(parameter_count(net) == 36);
  net.left.b = Parameter{"b", Tensor::zeros({5, 1})};
  CHECK(parameter_count(net) == 41);
}

TEST_CASE("two parameters of one name are refused, with the name and both shapes") {
  const Confused confused;
  const auto where = std::source_location::current();
  CHECK_THROWS_AS(parameters(confused), ValueError);
  CHECK_THROWS_WITH(named_parameters(confused, where),
                    "parameters: visit gives two parameters the name \"same\", of shapes (2, 3) and (4)\n  at " +
                        engine::place(where));
}

TEST_CASE("a clone starts with equal values and shares none of them") {
  Net net;
  net.left.b = numbers("b", 4.0);
  const Net copy = clone(net);
  CHECK(names(copy) == names(net));
  const auto old = parameters(net), fresh = parameters(copy);
  for (std::size_t i = 0; i < old.size(); ++i) {
    CHECK_FALSE(old[i] == fresh[i]);
    CHECK(old[i].name() == fresh[i].name());
    CHECK(old[i].value().at({1, 1}) == fresh[i].value().at({1, 1}));
  }
  net.left.W.assign(Tensor::zeros({2, 3}));
  net.layers[1].W.assign(Tensor::zeros({2, 3}));
  CHECK(copy.left.W.value().at({0, 0}) == 1.0);
  CHECK(copy.layers[1].W.value().at({0, 0}) == 1.0);
}

TEST_CASE("a plain copy of a model shares its parameters") {
  Net net;
  const Net copy = net;
  net.left.W.assign(Tensor::zeros({2, 3}));
  CHECK(copy.left.W.value().at({0, 0}) == 0.0);
}

TEST_CASE("a parameter that is shared inside a model is shared inside its clone") {
  const Tied tied;
  const Tied copy = clone(tied);
  CHECK(copy.in == copy.out);
  CHECK_FALSE(copy.in == tied.in);
  CHECK_FALSE(copy.in == copy.own);
}

TEST_CASE("a model whose visit is const can be cloned") {
  const ConstNet net;
  const ConstNet copy = clone(net);
  CHECK_FALSE(copy.a == net.a);
  CHECK_FALSE(copy.towers[0].W == net.towers[0].W);
}

TEST_CASE("a Parameter is no model and a struct without visit is none") {
  STATIC_REQUIRE(Visitable<Net>);
  STATIC_REQUIRE(Visitable<ConstNet>);
  STATIC_REQUIRE(Visitable<models::Linear>);
  STATIC_REQUIRE_FALSE(Visitable<Parameter>);
  STATIC_REQUIRE_FALSE(Visitable<std::string>);
}
