// What may be read when, and what somebody who keeps it keeps with it.
#include <cmath>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "tape_state.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

Tensor ramp(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::f64);
  double next = 0.0;
  for (double& element : x.mutable_data<double>()) element = 0.001 * next++;
  return x;
}

std::size_t bytes_kept(const Tensor& x) { return x.storage()->bytes(); }

}  // namespace

TEST_CASE("every computed value of one element can be read after a parameter was written") {
  for (const bool eager : {false, true}) {
    Parameter w{"w", Tensor::full({3}, 2.0, DType::f64)};
    Tape tape{{.eager = eager}};
    for (int step = 0; step < 4; ++step) {
      tape.rewind();
      const double at = 2.0 + step;
      w.assign(Tensor::full({3}, at, DType::f64));
      const Var W = tape.parameter(w), fit = mean(square(W - 1.0)), size = sum(W * W), weight = size * 0.5;
      const Var cost = fit + weight, root = reshape(sqrt(exp(log(cost))), {1, 1});
      (void)tape.backward(cost);
      w.assign(Tensor::full({3}, 100.0, DType::f64));
      CHECK(fit.item() == (at - 1.0) * (at - 1.0));
      CHECK(weight.value().item() == 1.5 * at * at);
      CHECK(size.item() == 3.0 * at * at);
      CHECK(reshape(size, {1}).value().at({0}) == 3.0 * at * at);
      CHECK(root.item() == Approx(std::sqrt((at - 1.0) * (at - 1.0) + 1.5 * at * at)));  // made of what was computed
    }
  }
}

TEST_CASE(
    "a larger value that was not kept cannot be read after a parameter was written, and the error says what to do") {
  Parameter w{"w", Tensor::full({3}, 2.0, DType::f64)};
  for (const bool keep : {false, true}) {
    w.assign(Tensor::full({3}, 2.0, DType::f64));
    Tape tape;
    const Var y = tanh(tape.parameter(w) * 3.0);
    if (keep) tape.keep(y);
    (void)tape.backward(sum(square(y)));
    w.assign(Tensor::full({3}, 3.0, DType::f64));
    if (keep) {
      CHECK(y.value().at({0}) == Approx(std::tanh(6.0)));
    } else {
      const Var z = tape.parameter(w) * 3.0;
      CHECK_THROWS_WITH(exp(z).value(), ContainsSubstring("was written at reading_test.cpp:") &&
                                            ContainsSubstring("tape.keep(x) for what is read later") &&
                                            ContainsSubstring("read the value before the step that writes"));
    }
  }
}

TEST_CASE("a value that is a small part of what was computed does not keep the rest") {
  const Tensor x = ramp({16, 2000});
  Parameter w{"w", ramp({32, 16})}, b{"b", Tensor::zeros({1}, DType::f64)};
  Tape tape;
  for (int step = 0; step < 5; ++step) {
    tape.rewind();
    const Var h = tanh(matmul(w, tape.constant(x))), y = sum(h, {.axis = 0}) + b;
    const Gradients d = tape.backward(mean(square(y)));
    const Tensor row = y.value();
    CHECK(bytes_kept(d[w]) <= 8 * 32 * 16 * 8);
    CHECK(bytes_kept(d[b]) <= 64);
    CHECK(bytes_kept(row) <= 2 * 2000 * 8);
    CHECK(d[w].at({31, 15}) ==
          tape.backward(mean(square(sum(tanh(matmul(w, tape.constant(x))), {.axis = 0}) + b)))[w].at({31, 15}));
  }
}

TEST_CASE("one number of many does not keep the others") {
  Tape tape;
  Var y = tape.variable(Tensor::scalar(0.5, DType::f64));
  for (int i = 0; i < 5000; ++i) y = tanh(y);
  CHECK(bytes_kept(y.value()) <= 64);
}

TEST_CASE("a program that collects one result of many is given copies before it holds many blocks") {
  const Tensor x = ramp({64, 64});
  Parameter w{"w", ramp({64, 64})}, b{"b", Tensor::zeros({64, 1}, DType::f64)};
  Tape tape;
  std::vector<Tensor> collected;
  for (int step = 0; step < 40; ++step) {
    tape.rewind();
    const Gradients d = tape.backward(mean(square(matmul(w, tape.constant(x)) + b)));
    collected.push_back(d[b]);
  }
  std::size_t bytes = 0;
  for (const Tensor& dx : collected) {
    bytes += bytes_kept(dx);
    CHECK(dx.at({63, 0}) == collected[0].at({63, 0}));
  }
  CHECK(bytes < 6 * tape.state().plans_run()[0]->arena_bytes() + 40 * 2 * 64 * 8);
}

TEST_CASE("a step whose gradients are numbers, or leaves, allocates nothing when it repeats") {
  const Tensor start = Tensor::scalar(3.0), c = Tensor::scalar(2.0), column = ramp({4, 1}).cast(DType::f32);
  Tape tape;
  std::uint64_t last = 1;
  double sum_of_slopes = 0.0;
  for (int step = 0; step < 10; ++step) {
    const std::uint64_t before = counting_new::calls();
    tape.rewind();
    const Var x = tape.variable(start), k = tape.constant(column);
    sum_of_slopes += tape.backward(x - c)[x].item();
    const Var y = x * 2.0;
    sum_of_slopes += tape.backward(sum(x * k) + y)[x].item() + y.item();
    last = counting_new::calls() - before;
  }
  if (counting_new::works) CHECK(last == 0);
  CHECK(sum_of_slopes == Approx(10.0 * (1.0 + 2.006 + 6.0)));
}

TEST_CASE("a Var that outlives its tape says so, whatever it is used for") {
  std::optional<Tape> tape{std::in_place};
  const Var x = tape->variable(Tensor::ones({2}), "x"), y = sum(x * x);
  const Gradients d = tape->backward(y);
  tape.reset();
  const auto check_gone = [&] {
    CHECK_THROWS_AS(x.value(), StaleVarError);
    CHECK_THROWS_AS(y.item(), StaleVarError);
    CHECK_THROWS_AS(x.shape(), StaleVarError);
    CHECK_THROWS_AS(x.dtype(), StaleVarError);
    CHECK_THROWS_AS(x * 2.0, StaleVarError);
    CHECK_THROWS_AS(x + x, StaleVarError);
    CHECK_THROWS_AS(where(x, 1.0, x), StaleVarError);
    CHECK_THROWS_AS(gradient(y, x), StaleVarError);
    CHECK_THROWS_AS(op_of(y), StaleVarError);
    CHECK_THROWS_AS(input_of(y, 0), StaleVarError);
    CHECK_THROWS_AS(binary_cross_entropy(y, 1.0), StaleVarError);
    CHECK_THROWS_AS(d[y], ValueError);
    CHECK(d[x].at({1}) == 2.0);  // gradients own their tensors
    Tape other;
    const Var z = other.constant(Tensor::ones({2}));
    CHECK_THROWS_AS(z + x, Error);
    CHECK_THROWS_AS(other.backward(y), Error);
    CHECK_THROWS_AS(gradient(sum(z), x), Error);
    CHECK_THROWS_AS(other.keep(x), Error);
  };
  CHECK_THROWS_WITH(x.value(), ContainsSubstring("value: the tape of the Var is gone\n  at reading_test.cpp:"));
  check_gone();
  const Tape next;  // which may live where the first one did
  check_gone();
}

TEST_CASE("a tape can be moved, and its Vars go with it") {
  Tape first;
  const Var x = first.variable(Tensor::full({2}, 3.0), "x"), y = sum(x * x);
  Tape second{std::move(first)};
  CHECK(second.backward(y)[x].at({0}) == 6.0);
  CHECK((x * 2.0).value().at({1}) == 6.0);
  CHECK_THROWS_AS(first.size(), ValueError);
  CHECK_THROWS_AS(first.rewind(), ValueError);
  CHECK_THROWS_AS(first.constant(Tensor::ones({1})), ValueError);
  CHECK_THROWS_WITH(first.backward(y), ContainsSubstring("Tape: it was moved to another tape"));
  first = Tape{};
  CHECK(first.constant(Tensor::ones({1})).item() == 1.0);
  const Var z = second.constant(Tensor::ones({1}));
  second = std::move(first);
  CHECK_THROWS_AS(z.item(), StaleVarError);
}

TEST_CASE(
    "reading costs as much a node however long the chain is, views, every node, from either end, under a budget") {
  constexpr int length = 30'000;  // a time that grows with its square would be minutes
  for (const std::int64_t budget : {std::int64_t{0}, std::int64_t{1} << 30}) {
    Tape tape{{.memory_budget = budget}};
    const Var x = tape.variable(Tensor::ones({2, 3}, DType::f64));
    Var view = x;
    for (int i = 0; i < length; ++i) view = i % 2 == 0 ? reshape(view, {3, 2}) : transpose(view);
    const Var total = sum(view);
    CHECK(total.item() == 6.0);
    CHECK(tape.backward(total)[x].at({1, 2}) == 1.0);
  }
  for (const std::int64_t budget : {std::int64_t{0}, std::int64_t{1} << 30}) {
    Tape tape{{.memory_budget = budget}};
    for (int step = 0; step < 2; ++step) {
      tape.rewind();
      Var y = tape.variable(Tensor::zeros({2}, DType::f64));
      for (int i = 1; i <= length; ++i) {
        y = y + 1.0;
        if (i % 1000 == 0) CHECK(y.value().at({1}) == i);
        (void)y.value();
      }
    }
  }
  Tape tape;
  for (int step = 0; step < 2; ++step) {
    tape.rewind();
    std::vector<Var> chain{tape.variable(Tensor::zeros({2}, DType::f64))};
    for (int i = 1; i <= length; ++i) chain.push_back(chain.back() + 1.0);
    double sum_of_all = 0.0;
    for (int i = length; i > 0; --i) sum_of_all += chain[i].value().at({1});
    CHECK(sum_of_all == 0.5 * length * (length + 1.0));
  }
}
