// What backward computes again in place of what forward would keep: to save time, or to meet a memory budget.
#include <algorithm>
#include <string>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "least_budget.hpp"
#include "plan/plan.hpp"
#include "same_bits.hpp"
#include "tape_state.hpp"

using namespace capstan;
using Catch::Matchers::Contains;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, double scale = 1.0) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.stddev = scale});
}

const Plan& first_plan(const Tape& tape) { return *tape.state().plans_run().front(); }

std::size_t bytes_run(const Tape& tape) {
  std::size_t bytes = 0;
  for (const Plan* plan : tape.state().plans_run()) bytes += plan->arena_bytes();
  return bytes;
}

/// The nodes that are computed a second time, or late.
std::vector<NodeId> again(const Plan& plan) {
  std::vector<NodeId> nodes;
  for (const Instruction& made : plan.instructions) {
    if (made.is_recomputed && made.computes_node()) nodes.push_back(made.node);
  }
  for (const GroupStep& step : plan.groups.steps) {
    if (step.is_recomputed) nodes.push_back(step.node);
  }
  return nodes;
}

/// Layers of one width, whose values take much more than their parameters.
struct Net {
  std::vector<Tensor> weights;
  Tensor bias = normal({16, 1}, 99), x = normal({16, 256}, 98);

  explicit Net(int layers) {
    for (int i = 0; i < layers; ++i) weights.push_back(normal({16, 16}, static_cast<std::uint64_t>(i), 0.4));
  }

  Var cost(Tape& tape, std::vector<Var>* leaves = nullptr) const {
    Var h = tape.constant(x);
    for (const Tensor& w : weights) {
      const Var leaf = tape.variable(w);
      if (leaves != nullptr) leaves->push_back(leaf);
      h = relu(matmul(leaf, h) + bias);
    }
    return mean(square(h));
  }
  void step(Tape& tape) const { tape.backward(cost(tape)); }
  std::vector<Tensor> gradients(Tape& tape) const {
    std::vector<Var> leaves;
    const Var loss = cost(tape, &leaves);
    const Gradients all = tape.backward(loss);
    std::vector<Tensor> found{loss.value()};
    for (const Var& leaf : leaves) found.push_back(all[leaf]);
    return found;
  }
};

/// An LSTM of few units over many steps.
std::vector<Tensor> lstm(Tape& tape, int steps = 40) {
  constexpr std::int64_t n = 8, batch = 32;
  const Var wx = tape.variable(normal({4 * n, n}, 1, 0.3)), wh = tape.variable(normal({4 * n, n}, 2, 0.3));
  const Var b = tape.variable(normal({4 * n, 1}, 3)), x = tape.constant(normal({n, batch}, 4));
  Var h = tape.constant(Tensor::zeros({n, batch})), c = h;
  for (int t = 0; t < steps; ++t) {
    const Var z = matmul(wx, x) + matmul(wh, h) + b;
    const auto gate = [&](std::int64_t k) { return slice(z, {.axis = 0, .start = k * n, .stop = (k + 1) * n}); };
    c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
    h = sigmoid(gate(3)) * tanh(c);
  }
  const Var cost = sum(h);
  const Gradients g = tape.backward(cost);
  return {cost.value(), g[wx], g[wh], g[b]};
}

bool all_same(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), same_bits);
}

}  // namespace

TEST_CASE("a cheap value is computed again in the group that reads what it is made of") {
  const Tensor w = normal({64, 64}, 1), x = normal({64, 64}, 2), s = normal({64, 1}, 3);
  Var c, z;
  const auto gradient_of = [&](Tape& tape) {
    const Var leaf = tape.variable(w);
    c = tanh(matmul(leaf, x));
    z = c * tape.constant(s);
    return tape.backward(sum(square(matmul(x, z * c))))[leaf];
  };
  Tape tape, eager{{.eager = true}};
  const Tensor expected = gradient_of(eager);
  CHECK(same_bits(gradient_of(tape), expected));
  const std::vector<NodeId> nodes = again(first_plan(tape));
  CHECK(std::count(nodes.begin(), nodes.end(), z.id()) == 1);
  CHECK(std::count(nodes.begin(), nodes.end(), c.id()) == 0);  // its tanh is costly
  CHECK_THAT(tape.explain(), Contains("multiply, again (64, 64)"));
  CHECK_THAT(tape.explain(), Contains("kept for backward: costly to compute again"));
}

TEST_CASE("a layer's sum is kept, not computed again of as many bytes") {
  Tape tape;
  Net{3}.step(tape);
  const std::vector<NodeId> nodes = again(first_plan(tape));
  for (const NodeId id : nodes) CHECK(id >= first_plan(tape).backward);
}

TEST_CASE("a budget is met by a deep net, with the same bits") {
  const Net net{24};
  Tape free;
  const std::vector<Tensor> expected = net.gradients(free);
  const std::size_t most = bytes_run(free);
  const std::int64_t least = least_budget([&](Tape& tape) { net.step(tape); });
  CHECK(static_cast<std::size_t>(least) * 2 < most);
  std::size_t before = SIZE_MAX, computed_before = 0;
  for (int quarter = 4; quarter >= 0; --quarter) {
    const std::int64_t budget = least + (static_cast<std::int64_t>(most) - least) * quarter / 4;
    Tape tape{{.memory_budget = budget}};
    CHECK(all_same(net.gradients(tape), expected));
    CHECK(bytes_run(tape) <= static_cast<std::size_t>(budget));
    CHECK(bytes_run(tape) <= before);
    CHECK(again(first_plan(tape)).size() >= computed_before);
    before = bytes_run(tape);
    computed_before = again(first_plan(tape)).size();
  }
  CHECK(computed_before > 24);
}

TEST_CASE("a budget is met by an LSTM, with the same bits") {
  Tape free;
  const std::vector<Tensor> expected = lstm(free);
  const std::int64_t least = least_budget([](Tape& tape) { lstm(tape); });
  CHECK(static_cast<std::size_t>(least) * 2 < bytes_run(free));
  for (const std::int64_t budget : {least, 2 * least}) {
    Tape tape{{.memory_budget = budget}};
    for (int repetition = 0; repetition < 3; ++repetition) {
      tape.rewind();
      CHECK(all_same(lstm(tape), expected));
      CHECK(bytes_run(tape) <= static_cast<std::size_t>(budget));
    }
  }
}

TEST_CASE("a budget out of reach is refused with the smallest that can be met, and leaves the tape as it was") {
  const Net net{8};
  const std::int64_t least = least_budget([&](Tape& tape) { net.step(tape); });
  Tape tape{{.memory_budget = least - 1}};
  const int line = __LINE__ + 1;
  const Var cost = net.cost(tape);
  const std::size_t size = tape.size();
  try {
    tape.backward(cost);
    FAIL("it was not refused");
  } catch (const ValueError& error) {
    CHECK_THAT(error.what(), Contains("Tape: memory_budget must be at least " + std::to_string(least) + " bytes, got " +
                                      std::to_string(least - 1) + "\n  wanted: (), recorded by mean"));
    CHECK_THAT(error.what(), Contains("recompute_test.cpp:" + std::to_string(line + 3)));
  }
  CHECK(tape.size() == size);
  CHECK(tape.state().plans_run().empty());
  Tape other{{.memory_budget = least}};
  Tape free;
  CHECK(all_same(net.gradients(other), net.gradients(free)));
}

TEST_CASE("a budget holds for all that is computed between two rewinds") {
  const Net net{8};
  Tape once;
  const Var whole = net.cost(once);
  (void)whole.value();
  const auto forward = static_cast<std::int64_t>(bytes_run(once));
  const std::int64_t least = least_budget([&](Tape& tape) { net.step(tape); });
  const std::int64_t budget = forward + least + least / 8;
  Tape tape{{.memory_budget = budget}};
  for (int repetition = 0; repetition < 3; ++repetition) {
    tape.rewind();
    const Var cost = net.cost(tape);
    (void)cost.value();
    (void)tape.backward(cost);
    CHECK(bytes_run(tape) <= static_cast<std::size_t>(budget));
  }
  Tape small{{.memory_budget = forward}};
  const Var cost = net.cost(small);
  (void)cost.value();
  CHECK_THROWS_WITH(small.backward(cost),
                    Contains("Tape: memory_budget is too small: this computation needs ") &&
                        Contains(std::to_string(forward) + " bytes were used since the last rewind"));
}

TEST_CASE("a value that is kept by tape.keep can be read after the gradients, also under a budget") {
  const Net net{8};
  Var middle;
  const auto step = [&](Tape& tape) {
    Var h = tape.constant(net.x);
    for (std::size_t i = 0; i < net.weights.size(); ++i) {
      h = relu(matmul(tape.variable(net.weights[i]), h) + net.bias);
      if (i == 3) tape.keep(middle = h);
    }
    (void)tape.backward(mean(square(h)));
  };
  const std::int64_t least = least_budget(step);
  Tape free, tape{{.memory_budget = least}};
  step(free);
  const Tensor expected = middle.value();
  step(tape);
  CHECK(same_bits(middle.value(), expected));
  CHECK(tape.state().plans_run().size() == 1);
}

TEST_CASE("a leaf that was written is noticed under a budget") {
  const Net net{4};
  Tensor x = net.x.copy();
  Tape tape{{.memory_budget = 1 << 30}};
  const Var cost = mean(square(relu(matmul(tape.variable(net.weights[0]), tape.constant(x)))));
  x.set({0, 0}, 1.0);
  CHECK_THROWS_AS(tape.backward(cost), StaleValueError);
}

TEST_CASE("a user's op is not computed again, whatever the budget") {
  int calls = 0;
  const CustomOp half{{.name = "half",
                       .forward =
                           [&calls](const CustomForward& f) {
                             ++calls;
                             const auto x = f.input<float>(0);
                             std::transform(x.begin(), x.end(), f.output<float>().begin(),
                                            [](float v) { return v / 2; });
                           },
                       .gradient = [](const CustomGradient& g) { return std::vector<Var>{0.5 * g.dy()}; }}};
  const Net net{8};
  const auto step = [&](Tape& tape) {
    Var h = tape.constant(net.x);
    for (const Tensor& w : net.weights) h = half(relu(matmul(tape.variable(w), h) + net.bias));
    (void)tape.backward(mean(square(h)));
  };
  const std::int64_t least = least_budget(step);
  CHECK(calls == 0);
  Tape tape{{.memory_budget = least}};
  step(tape);
  CHECK(calls == 8);
  CHECK_THAT(tape.explain(), Contains("kept: a user's op, which runs once"));
}

TEST_CASE("explain says what the budget is and how much is kept for it") {
  const Net net{8};
  const std::int64_t least = least_budget([&](Tape& tape) { net.step(tape); });
  Tape tape{{.memory_budget = least}};
  net.step(tape);
  CHECK_THAT(tape.explain(), Contains("\nmemory budget: "));
  CHECK_THAT(tape.explain(), Contains("\nkept for backward: "));
  CHECK_THAT(tape.explain(), Contains("matmul, again (16, 256)"));
}

TEST_CASE("an eager tape ignores a budget") {
  const Net net{4};
  Tape tape{{.eager = true, .memory_budget = 1}}, free;
  CHECK(all_same(net.gradients(tape), net.gradients(free)));
}

TEST_CASE("a negative budget is refused") {
  CHECK_THROWS_WITH((Tape{{.memory_budget = -5}}), Contains("Tape: memory_budget must not be negative, got -5"));
}
