#include <capstan/graph/dot.hpp>

#include <algorithm>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

TEST_CASE("A tape is drawn with a node for each node and an arrow for each operand") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({2, 3}), "x");
  const Parameter w{"W1", Tensor::zeros({2, 3})};
  const Var y = 2.5 * x;
  (void)tanh(y * w);
  (void)(tape.constant(Tensor::zeros({3})) * x);
  CHECK(to_dot(tape) == R"dot(digraph tape {
  rankdir=BT;
  node [fontname="Helvetica"];
  0 [label="variable x\n(2, 3)", shape=box];
  1 [label="2.5", shape=box, style=filled];
  2 [label="multiply\n(2, 3)"];
  1 -> 2;
  0 -> 2;
  3 [label="parameter W1\n(2, 3)", shape=box];
  4 [label="multiply\n(2, 3)"];
  2 -> 4;
  3 -> 4;
  5 [label="tanh\n(2, 3)"];
  4 -> 5;
  6 [label="constant\n(3)", shape=box, style=filled];
  7 [label="multiply\n(2, 3)"];
  6 -> 7;
  0 -> 7;
}
)dot");
}

TEST_CASE("A value that is an operand twice has two arrows") {
  Tape tape;
  const Var x = tape.variable(Tensor::zeros({}), "x");
  (void)(x * x);
  CHECK_THAT(to_dot(tape), ContainsSubstring("  0 -> 1;\n  0 -> 1;\n"));
}

TEST_CASE("Quotes, backslashes and line ends in a name stay within its label") {
  Tape tape;
  (void)tape.variable(Tensor::zeros({}), "a \"b\" \\ c\nd");
  CHECK_THAT(to_dot(tape), ContainsSubstring(R"dot(0 [label="variable a \"b\" \\ c\nd\n()", shape=box];)dot"));
}

TEST_CASE("What ran together is framed, if that is asked for") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 3}), "x");
  const Var total = sum(tanh(2.0 * x));                   // 2, 3 and 4
  const Var alone = total * 3.0;                          // 6
  CHECK(to_dot(tape, {.groups = true}) == to_dot(tape));  // nothing has run
  (void)alone.item();
  CHECK_THAT(to_dot(tape, {.groups = true}),
             ContainsSubstring("  subgraph cluster_1 { label=\"group 1\"; 2; 3; 4; }\n}\n"));
  CHECK(to_dot(tape).find("cluster") == std::string::npos);
}

TEST_CASE("An empty tape is an empty drawing, and a rewound one is too") {
  Tape tape;
  const std::string empty = to_dot(tape);
  CHECK(empty == "digraph tape {\n  rankdir=BT;\n  node [fontname=\"Helvetica\"];\n}\n");
  (void)tape.variable(Tensor::zeros({}), "x");
  tape.rewind();
  CHECK(to_dot(tape) == empty);
}

TEST_CASE("A long chain is drawn node by node") {
  Tape tape;
  Var x = tape.variable(Tensor::zeros({}), "x");
  for (int i = 0; i < 100'000; ++i) x = tanh(x);
  const std::string text = to_dot(tape);
  CHECK(std::ranges::count(text, '\n') == 3 + 1 + 2 * 100'000 + 1);
  CHECK_THAT(text, Catch::EndsWith("  99999 -> 100000;\n}\n"));
}
