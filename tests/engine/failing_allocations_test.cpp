// Memory that runs out while a tape records, plans, computes or gives back, step by step: failing_walk.hpp says what is right then.
#include <cstdint>
#include <optional>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/dot.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/graph/tape_graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "failing_steps.hpp"
#include "failing_walk.hpp"
#include "least_budget.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

struct FirstStep {
  Net net;
  void run(Outcome& out) { net.step(0, out); }
};

struct SecondStep : FirstStep {
  SecondStep() { net.step(0); }
};

struct RepeatedStep : FirstStep {
  RepeatedStep() {
    for (int i = 0; i < 4; ++i) net.step(0);
  }
};

/// The program before and the one after have a beginning in common.
struct OtherProgram {
  Net net;
  OtherProgram() { net.step(2); }
  void run(Outcome& out) { net.step(1, out); }
};

/// More programs than a tape keeps recordings: old ones are recorded over.
struct ManyPrograms {
  Net net;
  ManyPrograms() {
    for (int program = 0; program < 10; ++program) net.step(program);
  }
  void run(Outcome& out) {
    for (int program = 4; program < 16; program += 5) net.step(program, out);
  }
};

struct KnownProgram {
  Net net;
  KnownProgram() {
    for (const int program : {2, 1, 2, 1}) net.step(program);
  }
  void run(Outcome& out) { net.step(2, out); }
};

/// Whoever holds results of the last step makes the tape take fresh memory.
struct HeldResults {
  Net net;
  std::vector<Gradients> held;
  std::vector<Tensor> values;
  HeldResults() {
    held.reserve(100);
    values.reserve(100);
    keep();
    keep();
  }
  void keep() {
    const Var c = net.cost(1);
    values.push_back(net.hidden(1).value());
    held.push_back(net.tape.backward(c));
  }
  void run(Outcome& out) {
    const Var c = net.cost(1);
    const Tensor hidden = net.hidden(1).value();
    const Gradients gradients = net.tape.backward(c);
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
    out.add(hidden);
    if (held.size() < held.capacity()) held.push_back(gradients);
    if (values.size() < values.capacity()) values.push_back(hidden);
  }
};

struct EagerStep {
  Net net{TapeOptions{.eager = true}};
  void run(Outcome& out) { net.step(1, out); }
};

struct EagerOtherProgram : EagerStep {
  EagerOtherProgram() { net.step(2); }
};

/// Several plans a step, of which a later one reads what earlier ones computed.
struct SeveralRuns {
  Net net;
  void run(Outcome& out) {
    const Var c = net.cost(1);
    const Var a = exp(c);
    net.tape.keep(a);
    out.add(c.item());
    const Gradients gradients = net.tape.backward(a);
    const Gradients again = net.tape.backward(log(a) * 2.0);
    const Tensor transposed = transpose(net.tape.constant(net.x) + a).value();
    out.add(a.item());
    out.add(transposed.at({1, 1}));
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
    for (const Gradients::Entry& entry : again.entries()) out.add(entry.value());
  }
};

struct SeveralRunsAgain : SeveralRuns {
  SeveralRunsAgain() {
    Outcome out;
    run(out);
  }
};

/// An op that is refused leaves no trace, whatever fails beside it.
template <bool eager>
struct RefusedOp {
  Net net{TapeOptions{.eager = eager}};
  void run(Outcome& out) {
    const Var c = net.cost(1);
    const std::size_t size = net.tape.size();
    try {
      (void)matmul(Tensor::ones({2, 3}, DType::f64), c * net.b1);
      FAIL("a product that does not fit");
    } catch (const ShapeError&) {
      out.add(double{net.tape.size() == size + 2 ? 1.0 : 0.0});
    }
    try {
      (void)cross_entropy(net.hidden(0), Tensor::ones({2, 5}, DType::f64));
      FAIL("targets that do not fit");
    } catch (const ShapeError&) {
    }
    const Gradients gradients = net.tape.backward(c + sum(square(net.tape.constant(net.y))));
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
  }
};

struct RefusedBackward {
  Net net;
  void run(Outcome& out) {
    const Var c = net.cost(1);
    out.add(c.item());
    const CustomOp odd{{.name = "odd",
                        .forward = [](const CustomForward& f) { f.output<double>()[0] = 1.0; },
                        .gradient = [](const CustomGradient& g) { return std::vector<Var>{g.dy(), g.dy()}; }}};
    try {
      (void)net.tape.backward(odd(c));
      FAIL("a gradient rule of too many answers");
    } catch (const ValueError&) {
    }
    const Gradients gradients = net.tape.backward(c);
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
  }
};

struct SecondOrder {
  Tape tape;
  Tensor start = normal({3}, 7);
  void run(Outcome& out) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var y = sum(exp(x) * x * x);
    const Var dx = gradient(y, x), ddx = gradient(sum(square(dx)), x);
    const Var other = tape.variable(start, "other");
    const Tensor none = gradient(y, other).value(), first = dx.value(), second = ddx.value();
    const Gradients gradients = tape.backward(mean(ddx));
    out.add(none), out.add(first), out.add(second);
    out.add(gradients.entries()[0].value());
  }
};

/// A new op of the user's in each step, one elementwise, one not, and one that throws while it runs.
struct CustomOps {
  Tape tape;
  Tensor start = normal({3}, 8);
  void run(Outcome& out) {
    tape.rewind();
    const CustomOp cube{
        {.name = "cube",
         .forward =
             [](const CustomForward& f) {
               const auto x = f.input<double>(0);
               const auto y = f.output<double>();
               for (std::size_t i = 0; i < y.size(); ++i) y[i] = x[i] * x[i] * x[i];
             },
         .gradient = [](const CustomGradient& g) { return std::vector<Var>{3.0 * g.input(0) * g.input(0) * g.dy()}; },
         .elementwise = true}};
    const CustomOp total{
        {.name = "total",
         .forward =
             [](const CustomForward& f) {
               double sum = 0.0;
               for (const double x : f.input<double>(0)) sum += x;
               f.output<double>()[0] = sum;
             },
         .gradient = [](const CustomGradient& g) { return std::vector<Var>{broadcast_to(g.dy(), g.input(0).shape())}; },
         .shape = [](std::span<const Shape>) { return Shape{}; }}};
    const CustomOp fails{{.name = "fails", .forward = [](const CustomForward&) { throw ValueError{"no"}; }}};
    const Var x = tape.variable(start, "x");
    try {
      (void)fails(x).value();
      FAIL("an op that throws");
    } catch (const ValueError&) {
    }
    const Var y = total(cube(exp(x)));
    const Gradients gradients = tape.backward(y);
    out.add(y.item());
    out.add(gradients.entries()[0].value());
  }
};

struct WithinBudget {
  static Var deep(Tape& tape, const Tensor& start, int depth = 2) {
    tape.rewind();
    Var x = tape.variable(start, "x");
    for (int i = 0; i < depth; ++i) x = log_softmax(matmul(x, tape.constant(start)) + x, {.axis = 0});
    return mean(square(x));
  }
  static std::int64_t least() {
    static const std::int64_t known = least_budget([](Tape& tape) {
      const Var y = deep(tape, normal({6, 6}, 9));
      (void)tape.backward(y);
    });
    return known;
  }

  Tensor start = normal({6, 6}, 9);
  Tape tape{{.memory_budget = least()}};
  void run(Outcome& out) {
    const Gradients gradients = tape.backward(deep(tape, start));
    out.add(gradients.entries()[0].value());
  }
};

struct RefusedBudget {
  Tensor start = normal({6, 6}, 9);
  Tape tape{{.memory_budget = 640}};
  void run(Outcome& out) {
    const Var y = WithinBudget::deep(tape, start, 1);
    try {
      (void)tape.backward(y);
      FAIL("a budget that is too small");
    } catch (const ValueError&) {
    }
    out.add(double{static_cast<double>(tape.size())});
  }
};

/// Ops of all kinds once.

}  // namespace

TEST_CASE("A first training step stands failing allocations") { CHECK(walk<FirstStep>() > 0); }
TEST_CASE("A second training step stands failing allocations") {
  walk<SecondStep>();
  CHECK((walk<RepeatedStep>() == 0 || !counting_new::works));
}
TEST_CASE("A change of program stands failing allocations") { CHECK(walk<OtherProgram>() > 0); }
TEST_CASE("Recording over the oldest of many programs stands failing allocations") { CHECK(walk<ManyPrograms>() > 0); }
TEST_CASE("A return to a known program stands failing allocations") { walk<KnownProgram>(); }
TEST_CASE("A step whose results are held stands failing allocations") { CHECK(walk<HeldResults>() > 0); }
TEST_CASE("An eager tape stands failing allocations") {
  CHECK(walk<EagerStep>() > 0);
  CHECK(walk<EagerOtherProgram>() > 0);
}
TEST_CASE("A step of several runs stands failing allocations") {
  CHECK(walk<SeveralRuns>() > 0);
  walk<SeveralRunsAgain>();
}
TEST_CASE("A step with refused ops stands failing allocations") {
  CHECK(walk<RefusedOp<false>>() > 0);
  CHECK(walk<RefusedOp<true>>() > 0);
}
TEST_CASE("A refused backward stands failing allocations") { CHECK(walk<RefusedBackward>() > 0); }
TEST_CASE("Gradients of gradients stand failing allocations") { CHECK(walk<SecondOrder>() > 0); }
TEST_CASE("Ops of the user's stand failing allocations") { CHECK(walk<CustomOps>() > 0); }
TEST_CASE("A memory budget stands failing allocations") {
  CHECK(walk<WithinBudget>() > 0);
  CHECK(walk<RefusedBudget>() > 0);
}
