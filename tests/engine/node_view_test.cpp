// NodeView: nodes of a tape as data.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

std::string line_of(const std::source_location& where) { return " at " + place(where); }

}  // namespace

TEST_CASE("a view says what a node is") {
  Tape tape;
  const auto where = std::source_location::current();
  const Var x = tape.variable(Tensor::zeros({3, 2}, DType::f64), "x", where);
  const Var y = subtract(x, tape.constant(Tensor::zeros({2}, DType::f64)), where);
  const NodeView node = tape.node(y.id());
  CHECK(node.id() == 2);
  CHECK(node.op() == "subtract");
  CHECK(node.name() == "");
  CHECK(node.shape() == Shape{3, 2});
  CHECK(node.dtype() == DType::f64);
  CHECK(node.where().line() == where.line());
  CHECK(std::ranges::equal(node.inputs(), std::vector<std::uint32_t>{0, 1}));
  CHECK(node.attributes().empty());
  CHECK(node.describe() == "subtract (3, 2)" + line_of(where));
  CHECK(tape.node(0).op() == "variable");
  CHECK(tape.node(0).name() == "x");
  CHECK(tape.node(0).inputs().empty());
  CHECK(tape.node(0).describe() == "variable \"x\" (3, 2)" + line_of(where));
}

TEST_CASE("a view describes attributes in one line") {
  Tape tape;
  const auto where = std::source_location::current();
  const Var x = tape.constant(Tensor::zeros({3, 7}));
  const Var part = slice(x, {.axis = 1, .start = 0, .stop = 5, .step = 1}, where);
  CHECK(tape.node(part.id()).describe() == "slice {axis: 1, start: 0, stop: 5, step: 1} (3, 5)" + line_of(where));
  const Var total = sum(part, {.axes = {0, -1}, .keepdims = true}, where);
  CHECK(tape.node(total.id()).describe() == "sum {axes: (0, -1), keepdims: true} (1, 1)" + line_of(where));
}

TEST_CASE("a view gives the value of a leaf, and that of a number as an attribute") {
  Parameter w{"w", Tensor::from({1.0, 2.0}, {2})};
  Tape tape;
  const Var y = w * tape.constant(Tensor::from({3.0, 4.0}, {2})) * 2.5;
  const Var labels = tape.constant(Tensor::from({1, 2}, {2})) + 3;
  (void)gradient(sum(y), w);  // its numbers are kept in another way
  std::vector<Attribute::Value> numbers;
  for (std::uint32_t id = 0; id < tape.size(); ++id) {
    const NodeView node = tape.node(id);
    if (node.op() == "parameter") CHECK(node.var().value().at({1}) == 2.0);
    if (node.op() == "constant") CHECK(node.attributes().empty());
    if (node.op() == "number") numbers.push_back(node.attributes().at(0).value);
  }
  REQUIRE(numbers.size() == 3);
  CHECK(numbers[0] == Attribute::Value{2.5});
  CHECK(numbers[1] == Attribute::Value{std::int64_t{3}});
  CHECK(numbers[2] == Attribute::Value{1.0});
  CHECK(tape.node(tape.node(y.id()).inputs()[1]).var().item() == 2.5);
  CHECK(tape.node(labels.id()).dtype() == DType::i32);
}

TEST_CASE("a user's op has a name and no attributes") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3}));
  for (const bool elementwise : {false, true}) {
    const CustomOp op{{.name = "mine", .forward = [](const CustomForward&) {}, .elementwise = elementwise}};
    const NodeView node = tape.node(op(x).id());
    CHECK(node.op() == "mine");
    CHECK(node.attributes().empty());
  }
}

TEST_CASE("an id that is not on the tape has no node") {
  Tape tape;
  const Var x = tape.constant(Tensor::zeros({3}));
  (void)(x + x);
  CHECK_THROWS_AS(tape.node(2), IndexError);
  CHECK_THROWS_WITH(tape.node(2),
                    Catch::ContainsSubstring("node: 2 is out of range for a tape of 2 nodes\n  at node_view_test"));
  tape.rewind();
  CHECK_THROWS_AS(tape.node(0), IndexError);
}

TEST_CASE("a view is valid until its tape is rewound or destroyed") {
  std::optional<Tape> tape{std::in_place};
  const Var x = tape->constant(Tensor::zeros({3}));
  const NodeView node = tape->node(x.id());
  for (int i = 0; i < 1000; ++i) (void)(x + x);
  CHECK(node.shape() == Shape{3});
  Tape moved{std::move(*tape)};
  CHECK(node.op() == "constant");
  moved.rewind();
  (void)moved.variable(Tensor::zeros({4}));
  CHECK_THROWS_AS(node.op(), StaleVarError);
  CHECK_THROWS_AS(node.attributes(), StaleVarError);
  CHECK_THROWS_WITH(
      node.describe(),
      Catch::ContainsSubstring("NodeView: the tape was rewound since node 0 was asked for\n  at node_view_test"));
  const NodeView later = moved.node(0);
  moved = Tape{};
  CHECK_THROWS_WITH(later.inputs(),
                    Catch::ContainsSubstring("NodeView: the tape was destroyed since node 0 was asked for\n"));
}
