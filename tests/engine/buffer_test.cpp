// Buffers: leaves without a gradient, which backward writes once a step.
#include <capstan/graph/buffer.hpp>

#include <cmath>
#include <cstdint>
#include <sstream>
#include <utility>
#include <vector>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/dot.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "failing_walk.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + place(here);

Tensor numbers(std::initializer_list<double> list) {
  return Tensor::from<double>(std::vector<double>(list), {static_cast<std::int64_t>(list.size())});
}

/// Divides by a weight; in training it keeps a running mean of the rows of x, with momentum 1/2.
struct Layer {
  Buffer mean{"mean", Tensor::zeros({2}, DType::f64)};
  Parameter w{"w", Tensor::ones({2, 1}, DType::f64)};

  Var operator()(const Var& x, bool training) const {
    if (!training) return w * (x - reshape(latest(mean, x), {2, 1}));
    const Var now = capstan::mean(x, {.axis = 1});
    update(mean, 0.5 * latest(mean, x) + 0.5 * now);
    return w * (x - reshape(now, {2, 1}));
  }
  Var cost(const Var& x, bool training = true) const { return sum(square((*this)(x, training) + 1.0)); }
};

Tensor batch(double offset) {
  return Tensor::from<double>({offset, offset + 2.0, 10.0 * offset, 10.0 * offset + 4.0}, {2, 2});
}

void check_mean(const Buffer& mean, double first, double second) {
  CHECK(mean.value().at({0}) == first);
  CHECK(mean.value().at({1}) == second);
}

}  // namespace

TEST_CASE("a buffer is a handle: copies share the value, a clone has its own") {
  Buffer a{"running", numbers({1, 2})};
  const Buffer same = a, other = a.clone();
  a.assign(numbers({3, 4}));
  CHECK(same.value().at({1}) == 4.0);
  CHECK(other.value().at({1}) == 2.0);
  CHECK(same == a);
  CHECK_FALSE(other == a);
  CHECK(other.name() == "running");
  CHECK(name_of(a.kind()) == "buffer");
  CHECK(Buffer{"count", Tensor::zeros({}, DType::i32)}.dtype() == DType::i32);
  std::ostringstream text, value;
  text << a;
  value << a.value();
  CHECK(text.str() == value.str());
}

TEST_CASE("a buffer's mistakes are named") {
  Buffer a{"running", numbers({1, 2})};
  CHECK_THROWS_WITH(a.assign(numbers({1}), here), "assign: buffer \"running\" has shape (2), got (1)" + at);
  CHECK_THROWS_WITH(a.assign(Tensor::zeros({2}), here), "assign: buffer \"running\" is f64, got f32" + at);
  const Buffer taken = std::move(a);
  CHECK_THROWS_WITH(a.value(here), "buffer: there is none, it was moved from" + at);
  Tensor gone = numbers({1});
  const Tensor to = std::move(gone);
  CHECK_THROWS_AS((Buffer{"x", gone}), ValueError);
}

TEST_CASE("a buffer is an operand without a gradient, and errors and drawings call it by its name") {
  const Buffer b{"running", numbers({1, 2})};
  Tape tape;
  const Var x = tape.variable(numbers({3, 4}), "x");
  const Var y = sum(x * b);
  const Gradients d = tape.backward(y);
  CHECK(d.entries().size() == 1);
  CHECK(d[x].at({1}) == 2.0);
  CHECK(tape.node(1).op() == "buffer");
  CHECK(tape.node(1).name() == "running");
  CHECK_THROWS_WITH(add(b, tape.constant(numbers({1, 2, 3}))), Catch::ContainsSubstring("buffer \"running\" (2)"));
  CHECK_THROWS_WITH(exp(b), Catch::ContainsSubstring("buffer \"running\" (2)"));
}

TEST_CASE("backward writes what the recording says, once, and evaluation writes nothing") {
  const bool eager = GENERATE(false, true);
  CAPTURE(eager);
  const Layer layer;
  Tape tape{{.eager = eager}};
  for (int step = 1; step <= 4; ++step) {
    tape.rewind();
    const Var cost = layer.cost(tape.constant(batch(1.0)));
    CHECK(cost.item() > 0.0);  // reading writes nothing
    check_mean(layer.mean, 2.0 * (1.0 - std::exp2(1 - step)), 12.0 * (1.0 - std::exp2(1 - step)));
    tape.backward(cost);
    check_mean(layer.mean, 2.0 * (1.0 - std::exp2(-step)), 12.0 * (1.0 - std::exp2(-step)));
    const Tensor after = layer.mean.value().copy();
    tape.backward(cost);  // nothing waits any more
    CHECK(same_bits(layer.mean.value(), after));
    tape.rewind();
    const Var evaluated = layer.cost(tape.constant(batch(1.0)), false);
    tape.backward(evaluated);
    CHECK(same_bits(layer.mean.value(), after));
  }
}

TEST_CASE("gradient, reading, rewinding and tapes for inference write no buffer") {
  const Layer layer;
  Tape tape;
  const Var x = tape.variable(batch(1.0), "x");
  const Var cost = layer.cost(x);
  CHECK(gradient(cost, x).value().elements() == 4);
  CHECK(gradient(cost, layer.w).value().elements() == 2);
  tape.rewind();  // drops what waited
  tape.backward(sum(tape.variable(batch(2.0))));
  check_mean(layer.mean, 0.0, 0.0);
  Tape inference{{.inference = true}};
  const Var only = layer.cost(inference.constant(batch(1.0)));
  CHECK(only.item() > 0.0);
  CHECK_THROWS_AS(inference.backward(only), ValueError);
  check_mean(layer.mean, 0.0, 0.0);
}

TEST_CASE("a layer that is used twice in a step, and two layers that share a buffer, update it twice") {
  const Layer layer;
  Tape tape;
  for (int step = 0; step < 3; ++step) {
    Layer twin;
    twin.mean = layer.mean;
    Buffer mean = layer.mean;
    mean.assign(Tensor::zeros({2}, DType::f64));
    tape.rewind();
    const Var first = layer.cost(tape.constant(batch(1.0)));
    const Var second = twin.cost(tape.constant(batch(3.0)));
    tape.backward(first + second);
    check_mean(layer.mean, 0.5 * 1.0 + 0.5 * 4.0, 0.5 * 6.0 + 0.5 * 32.0);
  }
}

TEST_CASE("micro-batches update a buffer one after the other, with rewinds between them or without") {
  const bool rewinds = GENERATE(false, true);
  const Layer layer;
  Tape tape;
  Gradients sum_of_both = tape.backward(layer.cost(tape.constant(batch(1.0))));
  if (rewinds) tape.rewind();
  sum_of_both += tape.backward(layer.cost(tape.constant(batch(3.0))));
  check_mean(layer.mean, 0.5 * 1.0 + 0.5 * 4.0, 0.5 * 6.0 + 0.5 * 32.0);
}

TEST_CASE("buffers can change places, and a number can be what one becomes") {
  const Buffer a{"a", numbers({1, 2})}, b{"b", numbers({3, 4})}, c{"c", Tensor::scalar(5.0, DType::f64)};
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(1.0, DType::f64), "x");
  const Var of_a = latest(a, x), of_b = latest(b, x);
  update(a, of_b);
  update(b, of_a);
  update(c, gradient(x, x));
  tape.backward(x * x);
  CHECK(a.value().at({0}) == 3.0);
  CHECK(b.value().at({0}) == 1.0);
  CHECK(c.value().item() == 1.0);
}

TEST_CASE("views and values that the gradients share memory with are written as they are") {
  const Buffer flipped{"flipped", Tensor::zeros({3, 2}, DType::f64)}, dx{"dx", Tensor::zeros({2, 3}, DType::f64)};
  Tape tape;
  for (int step = 1; step <= 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(Tensor::full({2, 3}, step, DType::f64), "x");
    const Var y = x * x;
    update(flipped, transpose(y));
    const Var cost = sum(y);
    update(dx, gradient(cost, x));
    const Gradients d = tape.backward(cost);
    CHECK(flipped.value().at({2, 1}) == step * step);
    CHECK(dx.value().at({1, 2}) == 2.0 * step);
    CHECK(d[x].at({1, 2}) == 2.0 * step);
  }
}

TEST_CASE("an update is refused by shape, dtype, recording and place, and leaves what waits") {
  const Buffer b{"running", numbers({1, 2})};
  Tape tape;
  const Var x = tape.variable(numbers({3, 4}), "x");
  CHECK_THROWS_WITH(update(b, sum(x, {.axis = 0, .keepdims = true}), here),
                    Catch::StartsWith("update: the next value must have the buffer's shape, got (1)\n  next: ") &&
                        Catch::EndsWith("\n  buffer: \"running\" (2) of f64" + at));
  CHECK_THROWS_AS(update(b, cast(x, DType::f32)), DTypeError);
  CHECK_THROWS_AS(update(b, Var{}), StaleVarError);
  CHECK_THROWS_AS(latest(b, Var{}), StaleVarError);
  update(b, 2.0 * x);
  CHECK_THROWS_AS(update(b, sum(x)), ShapeError);
  const Var old = x;
  tape.backward(sum(x));
  CHECK(b.value().at({0}) == 6.0);
  tape.rewind();
  CHECK_THROWS_AS(update(b, old), StaleVarError);
}

TEST_CASE("a gradient rule cannot update a buffer") {
  const Buffer b{"running", numbers({1, 2})};
  const CustomOp op{{.name = "twice",
                     .forward = [](const CustomForward& f) { f.output<double>()[0] = f.input<double>(0)[0]; },
                     .gradient =
                         [&b](const CustomGradient& g) {
                           update(b, g.dy());
                           return std::vector<Var>{g.dy()};
                         }}};
  Tape tape;
  const Var x = tape.variable(numbers({3, 4}), "x");
  CHECK_THROWS_WITH(tape.backward(sum(op(x))), Catch::ContainsSubstring("must not be called within a gradient rule"));
}

TEST_CASE("a function that is refused takes its updates back") {
  const Buffer b{"running", numbers({1, 2})};
  Tape tape;
  const Var x = tape.variable(numbers({3, 4}), "x");
  update(b, 2.0 * x);
  const auto refused = [&] {
    const Operand operand{x};
    const Composite composite{"layer", {&operand}, here};
    update(b, 3.0 * x);
    return x + numbers({1, 2, 3});
  };
  const std::size_t size = tape.size();
  CHECK_THROWS_AS(refused(), ShapeError);
  CHECK(tape.size() == size);
  tape.backward(sum(x));
  CHECK(b.value().at({1}) == 8.0);
}

TEST_CASE("a backward that throws writes no buffer, and the next one does") {
  Buffer b{"running", numbers({1, 2})};
  Tape tape;
  Tensor kept = numbers({3, 4});
  const Var x = tape.variable(kept, "x");
  const Var cost = sum(square(x));
  update(b, 2.0 * x);
  CHECK_THROWS_AS(tape.backward(x), ShapeError);
  b.assign(numbers({7, 7}));
  update(b, latest(b, x) + 1.0);
  kept.set({0}, 5.0);
  CHECK_THROWS_AS(tape.backward(cost), StaleValueError);
  CHECK(b.value().at({0}) == 7.0);
  tape.rewind();
  const Var again = tape.variable(kept, "x");
  update(b, 2.0 * again);
  tape.backward(sum(square(again)));
  CHECK(b.value().at({0}) == 10.0);
}

TEST_CASE("a repeated step with updates allocates nothing and plans nothing") {
  const Layer layer, other;
  Tape tape;
  const Tensor given = batch(1.0);
  int last = 0;
  for (int step = 1; step <= 20; ++step) {
    const std::uint64_t before = counting_new::calls();
    tape.rewind();
    const Var x = tape.constant(given);
    const Gradients d = tape.backward(layer.cost(x) + other.cost(x) + layer.cost(2.0 * x));
    if (counting_new::calls() != before) last = step;
  }
  if (counting_new::works) CHECK(last <= 2);
}

namespace {

struct Updated {
  Layer layer, twin;
  Tensor x = batch(1.0);
  Tape tape;
  Updated() { twin.mean = layer.mean; }
  void run(Outcome& out) {
    out.add(layer.mean.value());
    tape.rewind();
    const Var leaf = tape.constant(x);
    const Var both = layer.cost(leaf) + twin.cost(2.0 * leaf);
    tape.backward(both);
  }
};

}  // namespace

TEST_CASE("updates of buffers stand failing allocations") { CHECK(walk<Updated>() > 0); }
