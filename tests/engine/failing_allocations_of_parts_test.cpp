// Memory that runs out while ops, tensors, parameters, sums of gradients or a pool are made: failing_walk.hpp says what is right then.
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

struct ManyOps {
  Tape tape;
  Tensor start = normal({4, 6}, 10), labels = Tensor::from({0, 1, 2, 3, 0, 1}, {6});
  void run(Outcome& out) {
    tape.rewind();
    const Var x = tape.variable(start, "x");
    const Var parts = concatenate({slice(x, {.axis = 1, .stop = 3}), reshape(transpose(x), {4, 6})}, {.axis = 1});
    const Var y = cross_entropy(x, labels, {.label_smoothing = 0.1}) + sum(softmax(parts, {.axis = 1})) +
                  sum(variance(x, {.axis = 0})) + max(stack({mean(x), mean(log_sum_exp(x)), min(x)})) +
                  binary_cross_entropy(sigmoid(x), Tensor::ones({4, 6}, DType::f64)) + sum(pow(maximum(x, 0.5), 2.5)) +
                  categorical_cross_entropy(softmax(x), labels);
    const Gradients gradients = tape.backward(y);
    out.add(y.item());
    out.add(gradients.entries()[0].value());
  }
};

struct Described {
  Net net;
  void run(Outcome& out) {
    net.step(1);
    const std::string dot = to_dot(net.tape), plan = net.tape.explain();
    const TapeGraph graph{net.tape};
    out.add(double{static_cast<double>(graph.edge_count())});
    out.add(dot.substr(0, 200));
    out.add(plan.substr(0, 200));
    net.step(0, out);
  }
};

struct Checked {
  void run(Outcome& out) {
    const auto f = [](std::span<const Var> x) { return sum(tanh(x[0] * x[1]) * x[0]); };
    const GradientReport report = check_gradient(f, {normal({2}, 11), normal({2}, 12)});
    out.add(report.worst().error);
  }
};

/// Tensors of every making; one is written over itself.
struct Tensors {
  Rng rng{13};
  Tensor x = normal({4, 4}, 14);
  void run(Outcome& out) {
    Rng next = rng;
    const Tensor drawn = Tensor::normal({3, 3}, next), even = Tensor::uniform({9}, next, {.low = -1.0});
    const Tensor whole = Tensor::from({1, 2, 3, 4}, {2, 2}).cast(DType::f32);
    const Tensor flat = x.transpose().reshape({16}), part = x.slice({.axis = 1, .start = 1, .step = 2}).copy();
    x.assign(x.transpose());
    rng = next;
    out.add(drawn), out.add(even), out.add(whole), out.add(flat), out.add(part), out.add(x);
  }
};

struct Parameters {
  Parameter p{"p", normal({4, 4}, 15)};
  void run(Outcome& out) {
    const Parameter twin = p.clone(), fresh{"a parameter of a long name", Tensor::ones({2, 2})};
    p.assign(p.value().transpose());
    out.add(p.value()), out.add(twin.value()), out.add(fresh.name());
  }
};

/// Gradients that others hold too, and of which one set has more than the other.
template <bool held>
struct Sums {
  Net net;
  Gradients total;
  std::vector<Gradients> holders;
  Sums() {
    total = net.tape.backward(net.cost(0));
    holders.resize(held ? 1 : 0);
    for (Gradients& holder : holders) holder = total;
  }
  void run(Outcome& out) {
    Gradients next = total;
    next += net.tape.backward(net.cost(0));
    Gradients more = next;
    more += net.tape.backward(sum(square(net.tape.variable(net.y))) + net.cost(1));
    total *= 0.5;
    for (const Gradients::Entry& entry : total.entries()) out.add(entry.value());
    for (const Gradients::Entry& entry : more.entries()) out.add(entry.value());
  }
};

/// What is added changes all sums or none.
struct SumOfMany {
  Net net;
  Gradients total, addend;
  SumOfMany() {
    addend = net.tape.backward(net.cost(0));
    total = net.tape.backward(net.cost(1));
    for (std::size_t i = 0; i < total.size(); ++i) total.replace(i, total.entries()[i].value().copy());
  }
  void run(Outcome& out) {
    total += addend;
    for (const Gradients::Entry& entry : total.entries()) out.add(entry.value());
  }
};

/// Enough elements for several threads, whose first region starts the pool.
struct Pool {
  Tensor x = normal({1 << 17}, 16);
  Tape tape;
  Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { set_threads(1); }
  void run(Outcome& out) {
    set_threads(3);
    tape.rewind();
    const Var v = tape.variable(x, "x");
    const Gradients gradients = tape.backward(sum(square(v) * 0.5));
    for (const std::int64_t i : {0, 77, 100'000}) out.add(gradients.entries()[0].value().at({i}));
    out.add(double{static_cast<double>(threads())});
  }
};

/// Tapes that come and go.
struct NewTape {
  void run(Outcome& out) {
    Net net;
    net.step(1, out);
    net.step(0, out);
  }
};

}  // namespace

TEST_CASE("Ops of all kinds stand failing allocations") { CHECK(walk<ManyOps>() > 0); }
TEST_CASE("A tape that is described stands failing allocations") { CHECK(walk<Described>() > 0); }
TEST_CASE("check_gradient stands failing allocations") { CHECK(walk<Checked>() > 0); }
TEST_CASE("Tensors stand failing allocations") { CHECK(walk<Tensors>() > 0); }
TEST_CASE("Parameters stand failing allocations") { CHECK(walk<Parameters>() > 0); }
TEST_CASE("Sums of gradients stand failing allocations") {
  CHECK(walk<Sums<false>>() > 0);
  CHECK(walk<Sums<true>>() > 0);
  walk<SumOfMany>();
}
TEST_CASE("A pool that starts stands failing allocations") {
  const Threads before{1};
  CHECK(walk<Pool>() > 0);
}
TEST_CASE("Tapes that come and go stand failing allocations") { CHECK(walk<NewTape>() > 0); }
