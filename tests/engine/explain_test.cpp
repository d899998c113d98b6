// What explain says of a plan, and where buffers lie in its block.
#include <string>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "plan/place/offsets.hpp"

using namespace capstan;
using Catch::Matchers::Contains;

TEST_CASE("explain names the fused ops, the values read and written, and why each is kept") {
  Tape tape;
  CHECK_THAT(tape.explain(), Contains("plans run since the last rewind: 0; nodes recorded: 0"));
  const Parameter w{"W", Tensor::ones({8, 4})};
  const Var x = tape.constant(Tensor::ones({4, 16}));
  const int line = __LINE__ + 1;
  const Var h = tanh(matmul(w, x) + 1.0);
  tape.keep(h);
  const Var cost = sum(h * h);
  (void)tape.backward(cost);
  const std::string text = tape.explain();
  INFO(text);
  CHECK_THAT(text, Contains("plans run since the last rewind: 1"));
  CHECK_THAT(text, Contains("matmul (8, 16)"));
  CHECK_THAT(text, Contains("reads W (8, 4), constant (4, 16)"));
  CHECK_THAT(text, Contains("group of"));
  CHECK_THAT(text, Contains("explain_test.cpp:" + std::to_string(line)));
  CHECK_THAT(text, Contains("kept: tape.keep"));
  CHECK_THAT(text, Contains("kept: wanted"));
  tape.rewind();
  CHECK_THAT(tape.explain(), Contains("plans run since the last rewind: 0"));
}

TEST_CASE("explain counts the bytes that are moved, of a view only what it covers") {
  Tape tape;
  const Var x = tape.constant(Tensor::ones({4096, 256}));
  (void)square(slice(x, {.axis = 0, .start = 0, .stop = 16})).value();
  CHECK_THAT(tape.explain(), Contains("moves 32.8 KB"));  // 16·256 elements in, and as many out
  tape.rewind();
  const Var h = exp(tape.constant(Tensor::ones({64, 256}))), left = slice(h, {.axis = 1, .start = 0, .stop = 128});
  (void)sum(left * slice(h, {.axis = 1, .start = 128, .stop = 256})).value();
  CHECK_THAT(tape.explain(), Contains("moves 65.5 KB"));  // both halves of h, and one number
  tape.rewind();
  (void)(tape.constant(Tensor::ones({64, 256})) + tape.constant(Tensor::ones({1, 256}))).value();
  CHECK_THAT(tape.explain(), Contains("moves 132.1 KB"));  // a row is read once
}

TEST_CASE("explain says why the values of an earlier repetition are kept") {
  Tape tape;
  std::string text;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(Tensor::ones({8, 8}), "x");
    const Var y = matmul(x, x);
    const Var cost = sum(tanh(y));
    (void)cost.item();
    (void)tape.backward(cost);
    text = tape.explain();
  }
  INFO(text);
  CHECK_THAT(text, Contains("kept: the program reads it"));
  CHECK_THAT(text, Contains("kept: a later run reads it"));
}

TEST_CASE("single elements lie at the end of a small block, and beside a large one") {
  const auto explained = [](std::int64_t n) {
    Tape tape;
    const Var x = tape.variable(Tensor::ones({n}), "x");
    const Var mean_of_x = mean(x), spread = sum(tanh(x) * mean_of_x);
    CHECK(spread.item() == Approx(static_cast<double>(n) * std::tanh(1.0)));
    CHECK(mean_of_x.item() == 1.0);
    return tape.explain();
  };
  CHECK_THAT(explained(16), !Contains("at single "));
  CHECK_THAT(explained(100'000), Contains("at single "));
}

TEST_CASE("lifetimes that do not meet share bytes, in the smaller of two ways") {
  std::vector<Lifetime> chain{{640, 0, 1}, {640, 1, 2}, {640, 2, 3}};
  CHECK(alive_at_once(chain) == 1280);
  CHECK(assign_offsets(chain) == 1280);

  // In the order of time the third finds neither gap large enough; the largest first, all fit.
  std::vector<Lifetime> gaps{{64, 0, 1}, {64, 0, 3}, {128, 2, 3}};
  CHECK(alive_at_once(gaps) == 192);
  CHECK(assign_offsets(gaps) == 192);
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const bool meet = gaps[i].first <= gaps[j].last && gaps[j].first <= gaps[i].last;
      const bool apart =
          gaps[i].offset + gaps[i].bytes <= gaps[j].offset || gaps[j].offset + gaps[j].bytes <= gaps[i].offset;
      CHECK((!meet || apart));
    }
  }
}
