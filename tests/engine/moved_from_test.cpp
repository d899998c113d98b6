// What is left of a value that was moved from: every use of it answers or throws.
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/graph/tape_graph.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

/// A tensor that was moved from, by construction or by assignment, whose memory is gone.
Tensor moved_tensor(bool by_assignment) {
  Tensor a = Tensor::full({3}, 7.0, DType::f64);
  Tensor b;
  if (by_assignment) {
    b = std::move(a);
  } else {
    const Tensor c = std::move(a);
  }
  return a;
}

Parameter moved_parameter() {
  Parameter a{"a", Tensor::ones({2, 2})};
  const Parameter b = std::move(a);
  return a;
}

constexpr const char* no_tensor = "there is no tensor, it was moved from or never assigned\n  at moved_from_test.cpp:";
constexpr const char* no_parameter = "parameter: there is none, it was moved from\n  at moved_from_test.cpp:";

}  // namespace

TEST_CASE("A tensor that was moved from is no tensor: shape (0) of f32, without memory") {
  for (const bool by_assignment : {false, true}) {
    Tensor none = moved_tensor(by_assignment);
    CHECK(none.shape() == Shape{0});
    CHECK(none.strides() == Strides{1});
    CHECK(none.dtype() == DType::f32);
    CHECK(none.raw() == nullptr);
    CHECK(none.storage() == nullptr);
    CHECK(none.version() == 0);
    CHECK(none.data<float>().empty());
    CHECK(none.mutable_data<float>().empty());
    CHECK(none.copy().storage() == nullptr);
    CHECK(none.transpose().elements() == 0);
    CHECK(none.reshape({2, 0}).elements() == 0);
    CHECK(none.slice({}).elements() == 0);
    CHECK(none.broadcast_to({4, 0}).elements() == 0);
    CHECK(none.cast(DType::f64).elements() == 0);
    CHECK(to_string(none) == "[] f32 (0)");
    CHECK_THROWS_AS(none.item(), ShapeError);
    CHECK_THROWS_AS(none.at({0}), IndexError);
    CHECK_THROWS_AS(none.set({0}, 1.0), IndexError);
    CHECK_THROWS_AS(none.data<double>(), DTypeError);
    CHECK_THROWS_AS(none.assign(Tensor::ones({3})), ShapeError);
    CHECK_THROWS_AS(Tensor::ones({3}).assign(none), ShapeError);
    none = Tensor::ones({2});
    CHECK(none.at({1}) == 1.0);
  }
}

TEST_CASE("A tensor that is moved to itself stays") {
  Tensor a = Tensor::full({3}, 7.0);
  Tensor& same = a;
  a = std::move(same);
  CHECK(a.at({2}) == 7.0);
}

TEST_CASE("No tape takes a tensor that was moved from, and nothing is recorded") {
  const Tensor none = moved_tensor(false);
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  const auto size = tape.size();
  CHECK_THROWS_AS(tape.constant(none), ValueError);
  CHECK_THROWS_WITH(tape.constant(none), ContainsSubstring(no_tensor));
  CHECK_THROWS_AS(tape.variable(none), ValueError);
  CHECK_THROWS_AS(x + none, ValueError);
  CHECK_THROWS_WITH(x + none, ContainsSubstring(no_tensor));
  CHECK_THROWS_AS(none * x, ValueError);
  CHECK_THROWS_AS(matmul(x, none), ValueError);
  CHECK_THROWS_AS(concatenate({x, none}), ValueError);
  CHECK_THROWS_AS(tape.constant(Tensor{}), ValueError);
  CHECK_THROWS_AS(Parameter("p", none), ValueError);
  CHECK_THROWS_WITH(Parameter("p", none), ContainsSubstring(std::string{"parameter \"p\": "} + no_tensor));
  CHECK_THROWS_AS(Parameter("p", moved_tensor(true)), ValueError);
  CHECK_THROWS_AS(check_gradient([](std::span<const Var> v) { return sum(v[0]); }, {none}), Error);
  CHECK(tape.size() == size);
  Gradients g = tape.backward(sum(x));
  CHECK_THROWS_AS(g.replace(0, none), ShapeError);
}

TEST_CASE("A parameter that was moved from throws ValueError at the user's line") {
  Parameter none = moved_parameter();
  CHECK(none.identity() == nullptr);
  CHECK_FALSE(none == Parameter{"a", Tensor::ones({1})});
  CHECK_THROWS_AS(none.name(), ValueError);
  CHECK_THROWS_WITH(none.name(), ContainsSubstring(no_parameter));
  CHECK_THROWS_AS(none.value(), ValueError);
  CHECK_THROWS_AS(none.shape(), ValueError);
  CHECK_THROWS_AS(none.dtype(), ValueError);
  CHECK_THROWS_AS(none.version(), ValueError);
  CHECK_THROWS_AS(none.clone(), ValueError);
  CHECK_THROWS_WITH(none.clone(), ContainsSubstring(no_parameter));
  CHECK_THROWS_AS(none.assign(Tensor::ones({2, 2})), ValueError);
  CHECK_THROWS_WITH(none.assign(Tensor::ones({2, 2})), ContainsSubstring(no_parameter));
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 2}));
  const auto size = tape.size();
  CHECK_THROWS_AS(tape.parameter(none), ValueError);
  CHECK_THROWS_WITH(tape.parameter(none), ContainsSubstring(no_parameter));
  CHECK_THROWS_AS(x * none, ValueError);
  CHECK_THROWS_WITH(x * none, ContainsSubstring(no_parameter));
  CHECK_THROWS_AS(matmul(none, x), ValueError);
  CHECK_THROWS_AS(none + 1.0 * x, ValueError);
  CHECK(tape.size() == size + 2);  // 1.0 and 1.0 * x
  const Gradients g = tape.backward(sum(x));
  CHECK_FALSE(g.contains(none));
  CHECK(g.find(none) == nullptr);
  CHECK_THROWS_AS(g[none], ValueError);
  none = Parameter{"b", Tensor::ones({1})};
  CHECK(none.name() == "b");
}

TEST_CASE("An op of a user's that was moved from throws ValueError at the user's line") {
  CustomOp op{{.name = "same", .forward = [](const CustomForward&) {}}};
  const CustomOp taken = std::move(op);
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  CHECK_THROWS_AS(op(x), ValueError);
  CHECK_THROWS_WITH(op(x), ContainsSubstring("CustomOp: there is no op, it was moved from\n  at moved_from_test.cpp:"));
  CHECK_THROWS_AS(op(x, x), ValueError);
  CHECK_THROWS_AS(op(x, x, x), ValueError);
  CHECK_THROWS_AS(op({x, x, x, x}), ValueError);
  CHECK(tape.size() == 1);
  CustomOpOptions options{.name = "same", .forward = [](const CustomForward&) {}};
  const CustomOp made{std::move(options)};
  CHECK_THROWS_AS(CustomOp{std::move(options)}, ValueError);
}

TEST_CASE("Gradients that were moved from are none") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  Gradients g = tape.backward(sum(x));
  Gradients taken = std::move(g);
  CHECK(g.size() == 0);
  CHECK(g.entries().empty());
  CHECK_FALSE(g.contains(x));
  CHECK_THROWS_AS(g[x], ValueError);
  CHECK_THROWS_AS(g.replace(0, Tensor::ones({3})), IndexError);
  g *= 2.0;
  taken += g;
  CHECK(taken[x].at({0}) == 1.0);
  g += taken;
  CHECK(g[x].at({0}) == 1.0);
}

TEST_CASE("A graph of a tape that was moved from is empty") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({3}));
  (void)(x * x);
  TapeGraph graph{tape};
  const TapeGraph taken = std::move(graph);
  CHECK(num_vertices(graph) == 0);
  CHECK(num_edges(graph) == 0);
  CHECK(vertices(graph).first == vertices(graph).second);
  CHECK(num_vertices(taken) == 2);
}
