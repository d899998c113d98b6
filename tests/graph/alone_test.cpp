// The tape by itself: it records, plans, runs and differentiates operations of the user's, and links without any other.
#include <cstddef>
#include <source_location>
#include <span>
#include <vector>

#include <capstan/graph.hpp>
#include <capstan/graph/algebra.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::Matchers::Contains;

namespace {

/// y = k · x, whose gradient rule is written with an op of its own kind.
CustomOp scaled(double k) {
  return CustomOp{{.name = "scaled",
                   .forward =
                       [k](const CustomForward& f) {
                         const std::span<const float> x = f.input<float>(0);
                         const std::span<float> y = f.output<float>();
                         for (std::size_t i = 0; i < y.size(); ++i) y[i] = static_cast<float>(k) * x[i];
                       },
                   .gradient = [k](const CustomGradient& g) -> std::vector<Var> { return {scaled(k)(g.dy())}; }}};
}

/// The sum of all elements.
CustomOp total() {
  return CustomOp{{.name = "total",
                   .forward =
                       [](const CustomForward& f) {
                         float sum = 0.0F;
                         for (const float x : f.input<float>(0)) sum += x;
                         f.output<float>()[0] = sum;
                       },
                   .gradient = [](const CustomGradient& g) -> std::vector<Var> {
                     return {record_broadcast_to(g.dy(), g.input(0).shape(), std::source_location::current())};
                   },
                   .shape = [](std::span<const Shape>) { return Shape{}; }}};
}

Var sum_of(const Var& a, const Var& b) {
  const Operand x{a}, y{b};
  return record(addition(), {&x, &y}, {}, std::source_location::current());
}

}  // namespace

TEST_CASE("a tape without the ops room differentiates a user's operations, with broadcasting") {
  Tape tape;
  const Tensor column = Tensor::from({1.0F, 2.0F}, {2, 1}), row = Tensor::from({10.0F, 20.0F, 30.0F}, {3});
  for (int step = 0; step < 3; ++step) {
    tape.rewind();
    const Var x = tape.variable(column, "x"), y = tape.variable(row, "y");
    const Var cost = total()(sum_of(scaled(2.0)(x), sum_of(y, scaled(3.0)(x))));
    const Gradients gradients = tape.backward(cost);
    CHECK(cost.item() == Approx(2 * (10 + 20 + 30) + 5 * 3 * (1 + 2)));
    CHECK(gradients[x].at({0, 0}) == 15.0);
    CHECK(gradients[x].at({1, 0}) == 15.0);
    CHECK(gradients[y].at({2}) == 2.0);
  }
}

TEST_CASE("gradients of gradients need nothing but the tape") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({3.0F}, {1}), "x");
  const Var once = gradient(total()(scaled(5.0)(x)), x);
  CHECK(once.value().item() == 5.0);
  CHECK(gradient(once, x).value().item() == 0.0);
}

TEST_CASE("sums that run together are one group, with or without the ops room") {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({8}), "x");
  const Var y = sum_of(sum_of(x, x), x);
  CHECK(y.value().at({7}) == 3.0);
  CHECK_THAT(tape.explain(), Contains("group of 2 ops"));
}
