// Ops of the user's own over elements: they broadcast, and run fused with their neighbours.
#include <atomic>
#include <chrono>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "catch.hpp"
#include "same_bits.hpp"
#include "tape_state.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

using Vars = std::vector<Var>;

/// a · b + 1, in two passes, so that an output that lay over an input would be noticed.
template <class T>
void multiply_and_add_one(const CustomForward& f) {
  const auto a = f.input<T>(0), b = f.input<T>(1);
  const auto out = f.output<T>();
  if (a.size() != out.size() || b.size() != out.size() || f.input_shape(0) != f.output_shape()) {
    throw std::logic_error{"pieces of several lengths"};
  }
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = T{1};
  for (std::size_t i = 0; i < out.size(); ++i) out[i] += a[i] * b[i];
}

template <class T>
CustomOp make_op() {
  return CustomOp{{.name = "multiply_and_add_one",
                   .forward = multiply_and_add_one<T>,
                   .gradient = [](const CustomGradient& g) { return Vars{g.dy() * g.input(1), g.dy() * g.input(0)}; },
                   .elementwise = true}};
}

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

std::size_t last_plan_instructions(const Tape& tape) {
  return tape.state().recording().plans.back().plan->instructions.size();
}

}  // namespace

TEST_CASE("an elementwise CustomOp broadcasts as the library's ops do, for every layout of its operands") {
  const CustomOp op = make_op<double>();
  const Tensor matrix = normal({70, 50}, 1), other = normal({50, 70}, 2), row = normal({50}, 3),
               column = normal({70, 1}, 4), number = normal({1, 1}, 5);
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var x = tape.constant(matrix);
    const auto agrees = [&](const Var& a, const Var& b) {
      const Tensor mine = op(a * 2.0, b).value(), expected = (a * 2.0 * b + 1.0).value();
      CHECK(mine.shape() == expected.shape());
      std::size_t wrong = 0;
      for (std::size_t i = 0; i < mine.data<double>().size(); ++i) {
        wrong += std::fabs(mine.data<double>()[i] - expected.data<double>()[i]) > 1e-14 ? 1 : 0;
      }
      CHECK(wrong == 0);
    };
    for (const Tensor& b : {matrix, other.transpose(), row, column, number, row.broadcast_to({70, 50}),
                            column.broadcast_to({70, 50}), normal({3, 70, 50}, 6)}) {
      agrees(x, tape.constant(b));
      agrees(tape.constant(b), x);
    }
    agrees(x, x);
    CHECK(op(x, 3.0).value().shape() == Shape{70, 50});
    CHECK(op(tape.constant(Tensor::zeros({0, 3}, DType::f64)), 1.0).value().shape() == Shape{0, 3});
  }
}

TEST_CASE("an elementwise op joins the group of its neighbours, and the reduction that closes it") {
  const CustomOp op = make_op<float>();
  Tape tape;
  const Var x = tape.constant(normal({40, 100}, 1, DType::f32));
  const Var cost = sum(square(op(tanh(x), x + 1.0)));
  const float planned = static_cast<float>(cost.item());
  CHECK(last_plan_instructions(tape) == 1);
  Tape eager{{.eager = true}};
  const Var y = eager.constant(normal({40, 100}, 1, DType::f32));
  CHECK(static_cast<float>(sum(square(op(tanh(y), y + 1.0))).item()) == planned);
}

TEST_CASE("an elementwise op is differentiated like any other, its gradients summed over broadcast axes") {
  const CustomOp op = make_op<double>();
  const GradientReport first = check_gradient([&](std::span<const Var> in) { return tanh(op(in[0], in[1])); },
                                              {normal({3, 4}, 1), normal({3, 1}, 2)});
  INFO(to_string(first));
  CHECK(first.passed());
  const GradientReport second =
      check_gradient([&](std::span<const Var> in) { return gradient(sum(square(op(in[0], in[1]))), in[1]); },
                     {normal({3, 4}, 1), normal({3, 1}, 2)});
  INFO(to_string(second));
  CHECK(second.passed());
}

TEST_CASE("an elementwise op lives as long as the recording that it is in") {
  Tape tape;
  double sum_of_costs = 0.0;
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    std::optional<CustomOp> op{make_op<double>()};
    const Var x = tape.variable(Tensor::full({5}, step, DType::f64), "x");
    const Var y = (*op)(x, x);
    op.reset();
    CHECK(y.value().at({4}) == step * step + 1.0);
    CHECK(tape.backward(sum(y))[x].at({0}) == 2.0 * step);
    sum_of_costs += sum(y).item();
    CHECK(tape.state().recording().functions.size() == 1);
  }
  CHECK(sum_of_costs == 5.0 * (1.0 + 2.0 + 5.0));
}

TEST_CASE("an exception from a CustomOp leaves tape and parameters as they were, and the next step works") {
  bool fails = false;
  std::atomic<std::size_t> calls = 0;
  const auto forward = [&](const CustomForward& f) {
    if (++calls % 3 == 0 && fails) throw std::runtime_error{"not today"};
    const auto in = f.input<double>(0);
    const auto out = f.output<double>();
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = 2.0 * in[i];
  };
  for (const bool elementwise : {false, true}) {
    const CustomOp twice{{.name = "twice",
                          .forward = forward,
                          .gradient = [](const CustomGradient& g) { return Vars{2.0 * g.dy()}; },
                          .elementwise = elementwise}};
    Parameter w{"w", normal({40, 100}, 1)};
    const Tensor before = w.value().copy();
    Tape tape;
    for (int step = 0; step < 6; ++step) {
      calls = elementwise ? 0 : 2;  // the third piece of the elements, or the only call
      fails = step % 2 == 1;
      tape.rewind();
      const Var h = tape.parameter(w) * 3.0;
      const Var cost = sum(square(twice(h + 1.0) - 2.0));  // (6 w)²
      const std::size_t size = tape.size();
      if (fails) {
        CHECK_THROWS_WITH(cost.item(), "not today");
        calls = elementwise ? 0 : 2;
        CHECK_THROWS_WITH(tape.backward(cost), "not today");
        CHECK(tape.size() == size);
        fails = false;
      }
      const Gradients g = tape.backward(cost);
      CHECK(g[w].at({39, 99}) == Approx(72.0 * before.at({39, 99})));
      CHECK(w.value().at({39, 99}) == before.at({39, 99}));
      CHECK(h.value().at({0, 1}) == 3.0 * before.at({0, 1}));
    }
  }
}

TEST_CASE("an elementwise CustomOp refuses operands that it cannot take, without a trace") {
  const CustomOp op = make_op<double>();
  Tape tape;
  const Var x = tape.variable(normal({2, 3}, 1), "x");
  CHECK_THROWS_AS(op(x, Tensor::zeros({2}, DType::f64)), ShapeError);
  CHECK_THROWS_WITH(op(x, Tensor::zeros({2}, DType::f64)),
                    ContainsSubstring("multiply_and_add_one: shapes do not broadcast: axis 1 has 3 and 2\n"
                                      "  operand 1: variable \"x\" (2, 3)\n  operand 2: ") &&
                        ContainsSubstring("\n  at elementwise_custom_op_test.cpp:"));
  CHECK_THROWS_AS(op(x, Tensor::zeros({3}, DType::i32)), DTypeError);
  CHECK_THROWS_AS(
      op({x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}),
      ValueError);
  CHECK(tape.size() == 1);
  const CustomOpOptions both{.name = "both",
                             .forward = multiply_and_add_one<double>,
                             .shape = [](std::span<const Shape> s) { return s[0]; },
                             .elementwise = true};
  CHECK_THROWS_AS(CustomOp{both}, ValueError);
  CHECK_THROWS_WITH(CustomOp{both},
                    ContainsSubstring("CustomOp: \"both\" is elementwise, its shapes broadcast: it takes "
                                      "no shape function\n  at elementwise_custom_op_test.cpp:"));
  const CustomOp single = make_op<float>();
  CHECK_THROWS_WITH(single(x, x).value(),
                    ContainsSubstring("multiply_and_add_one: elements of shape (6) are f64, not f32"
                                      "\n  at elementwise_custom_op_test.cpp:"));
}

TEST_CASE("an exception from a CustomOp on a thread of the pool reaches the caller, and the next step works") {
  const Threads some{4};
  const auto here = std::this_thread::get_id();
  std::atomic<bool> fails = false;
  const CustomOp twice{{.name = "twice",
                        .forward =
                            [&](const CustomForward& f) {
                              // Long enough for the others to come.
                              std::this_thread::sleep_for(std::chrono::microseconds{100});
                              if (fails && std::this_thread::get_id() != here) throw std::runtime_error{"not here"};
                              const auto in = f.input<float>(0);
                              const auto out = f.output<float>();
                              for (std::size_t i = 0; i < out.size(); ++i) out[i] = 2.0F * in[i];
                            },
                        .gradient = [](const CustomGradient& g) { return Vars{2.0 * g.dy()}; },
                        .elementwise = true}};
  const Parameter w{"w", normal({1000, 1000}, 1, DType::f32)};
  Tape tape;
  Tensor expected;
  const auto record = [&] {
    tape.rewind();
    return sum(square(twice(tanh(tape.parameter(w)))));
  };
  const auto throws = [&](const Var& cost) {
    try {
      (void)tape.backward(cost);
    } catch (const std::runtime_error& error) {
      return std::string_view{error.what()} == "not here";
    }
    return false;
  };
  for (int step = 0; step < 4; ++step) {
    Var cost = record();
    if (step == 2) {
      const std::size_t size = tape.size();
      fails = true;
      for (int tries = 0; !throws(cost); ++tries) {  // on a busy machine the pool does without threads for a while
        REQUIRE(tries < 300);
        std::this_thread::sleep_for(std::chrono::milliseconds{10});
        cost = record();
      }
      CHECK(tape.size() == size);
      fails = false;
    }
    const Tensor d = tape.backward(cost)[w];
    if (step == 0) expected = d.copy();
    CHECK(same_bits(d, expected));
  }
}
