#include <capstan/graph/gradients.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/tensor/error.hpp>

#include <array>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "tape_state.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

std::vector<double> list(const Tensor& tensor) {
  const Tensor copy = tensor.copy();
  const auto elements = copy.data<double>();
  return {elements.begin(), elements.end()};
}

using Numbers = std::vector<double>;

/// sum(a·x) + sum(b·x) for parameters a, b and a variable x; c leads nowhere.
struct Example {
  Parameter a{"a", Tensor::from({1.0, 2.0}, {2})};
  Parameter b{"b", Tensor::from({3.0, 4.0}, {2})};
  Parameter c{"c", Tensor::zeros({2, 3}, DType::f64)};
  Tape tape;
  Var x = tape.variable(Tensor::from({5.0, 6.0}, {2}), "x");

  Gradients gradients() { return tape.backward(sum(a * x) + sum(b * x)); }
  Gradients of_a() { return tape.backward(sum(a * x)); }
};

}  // namespace

TEST_CASE("Gradients are found by parameter and by Var") {
  Example e;
  const Gradients g = e.gradients();
  CHECK(g.size() == 3);
  CHECK(list(g[e.a]) == Numbers{5.0, 6.0});
  CHECK(list(g[e.b]) == Numbers{5.0, 6.0});
  CHECK(list(g[e.x]) == Numbers{4.0, 6.0});
  CHECK(list(g[e.tape.parameter(e.a)]) == Numbers{5.0, 6.0});
  CHECK(g.contains(e.a));
  CHECK(g.contains(e.x));
  CHECK_FALSE(g.contains(e.c));
  CHECK_FALSE(g.contains(Var{}));
}

TEST_CASE("A hint never changes what is found, whether it is right, wrong or beyond the end") {
  Example e;
  const Gradients g = e.gradients();
  for (const std::size_t hint :
       {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{1000}, SIZE_MAX}) {
    CHECK(g.find(e.a, hint) == &g[e.a]);
    CHECK(g.find(e.b, hint) == &g[e.b]);
    CHECK(g.find(e.c, hint) == nullptr);
    CHECK(g.find(e.c.clone(), hint) == nullptr);
  }
}

TEST_CASE("Gradients of nothing hold nothing") {
  const Gradients none;
  const Parameter p{"W", Tensor::zeros({2})};
  CHECK(none.size() == 0);
  CHECK_FALSE(none.contains(p));
  CHECK_THROWS_AS(none[p], ValueError);
  CHECK_THROWS_WITH(none[p],
                    "gradients: parameter \"W\" (2) did not lead to the loss, or only through ops without a gradient\n"
                    "  there are no gradients at all");
}

TEST_CASE("Asking for what did not lead to the loss names it and what there is") {
  Example e;
  const Gradients g = e.gradients();
  CHECK_THROWS_AS(g[e.c], ValueError);
  CHECK_THROWS_WITH(g[e.c],
                    ContainsSubstring("gradients: parameter \"c\" (2, 3) did not lead to the loss, or only through ops "
                                      "without a gradient\n  there are gradients of ") &&
                        ContainsSubstring("\"a\" (2)") && ContainsSubstring("\"b\" (2)") &&
                        ContainsSubstring("a variable (2)"));
  const Var lonely = e.tape.variable(Tensor::zeros({4}), "lonely");
  CHECK_THROWS_WITH(g[lonely], ContainsSubstring("gradients: variable \"lonely\" (4) did not lead to the loss, or only "
                                                 "through ops without a gradient\n"));
}

TEST_CASE("A variable that leads to the loss through ops without a gradient has none, and the error says so") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, 2.0}, {2}), "x"), y = tape.variable(Tensor::from({3.0, 4.0}, {2}));
  const Gradients g = tape.backward(sum(floor_divide(x, 2.0) * y));
  CHECK_FALSE(g.contains(x));
  CHECK_THROWS_WITH(g[x],
                    ContainsSubstring("variable \"x\" (2) did not lead to the loss, or only through ops without"));
}

TEST_CASE("Gradients say how to get the gradient of a value that is no leaf") {
  Example e;
  const Gradients g = e.gradients();
  const Var y = e.x * 2.0;
  CHECK_THROWS_AS(g[y], ValueError);
  CHECK_THROWS_WITH(g[y],
                    ContainsSubstring("(2), recorded by multiply at gradients_test.cpp:") &&
                        ContainsSubstring("is not a variable or parameter: gradient(y, x) is for other values\n"));
  CHECK_THROWS_WITH(g[Var{}], ContainsSubstring("gradients: the Var is empty\n"));
}

TEST_CASE("A long list of gradients is cut short in the message") {
  std::vector<Parameter> many;
  for (int i = 0; i < 20; ++i) many.emplace_back("p" + std::to_string(i), Tensor::ones({1}));
  Tape tape;
  Var total = sum(tape.parameter(many[0]));
  for (std::size_t i = 1; i < many.size(); ++i) total = total + sum(many[i] * tape.parameter(many[0]));
  const Gradients g = tape.backward(total);
  CHECK_THROWS_WITH(g[Parameter("q", Tensor::ones({1}))], ContainsSubstring("\"p5\" (1) and 14 more"));
}

TEST_CASE("Gradients outlive the rewinding of their tape, and the tape itself") {
  std::optional<Example> e{std::in_place};
  const Gradients g = e->gradients();
  const Parameter a = e->a;
  const Var x = e->x;
  e->tape.rewind();
  e->tape.variable(Tensor::zeros({2}, DType::f64));
  CHECK(list(g[a]) == Numbers{5.0, 6.0});
  CHECK(list(g[x]) == Numbers{4.0, 6.0});
  e.reset();
  CHECK(list(g[a]) == Numbers{5.0, 6.0});
}

TEST_CASE("Gradients are shown right where a tape's recordings differ in shape, dtype or number of leaves") {
  const Parameter a{"a", Tensor::from({2.0, 3.0}, {2})};
  const Parameter b{"b", Tensor::from({1.0F, 2.0F, 3.0F, 4.0F}, {2, 2})};
  Tape tape;
  for (int i = 0; i < 3; ++i) {
    tape.rewind();
    const Var x = tape.variable(Tensor::from({5.0, 6.0}, {2}));
    {
      const Gradients g = tape.backward(sum(a * x));
      CHECK(g.size() == 2);
      CHECK(list(g[a]) == Numbers{5.0, 6.0});
      CHECK(list(g[x]) == Numbers{2.0, 3.0});
    }
    tape.rewind();
    const Gradients g = tape.backward(sum(tape.constant(Tensor::full({2, 2}, 7.0)) * b));
    CHECK(g.size() == 1);
    CHECK(g[b].shape() == Shape{2, 2});
    CHECK(g[b].strides() == Strides{2, 1});
    CHECK(list(g[b].cast(DType::f64)) == Numbers{7.0, 7.0, 7.0, 7.0});
  }
}

TEST_CASE("A Var of another recording is not taken for one with the same number") {
  Example e;
  const Gradients g = e.gradients();
  e.tape.rewind();
  const Var again = e.tape.variable(Tensor::from({5.0, 6.0}, {2}), "x");
  REQUIRE(again.id() == e.x.id());
  CHECK_FALSE(g.contains(again));
  CHECK(g.contains(e.x));
  CHECK_THROWS_WITH(g[again], ContainsSubstring("did not lead to the loss"));
  const Gradients later = e.tape.backward(sum(again * again));
  CHECK_THROWS_WITH(
      later[e.x],
      ContainsSubstring("gradients: the Var was recorded before the last tape.rewind(), these gradients were not\n"));
}

TEST_CASE("Adding adds what both have and takes over what only the other has") {
  Example e;
  Gradients total = e.of_a();
  total += e.gradients();
  CHECK(total.size() == 3);
  CHECK(list(total[e.a]) == Numbers{10.0, 12.0});
  CHECK(list(total[e.b]) == Numbers{5.0, 6.0});
  CHECK(list(total[e.x]) == Numbers{5.0, 8.0});
}

TEST_CASE("Gradients can be gathered over several recordings") {
  Example e;
  Gradients total;
  for (int i = 0; i < 4; ++i) {
    e.tape.rewind();
    e.x = e.tape.variable(Tensor::from({1.0, 2.0}, {2}), "x");
    total += e.of_a();
  }
  CHECK(list(total[e.a]) == Numbers{4.0, 8.0});
  CHECK(total.size() == 1 + 4);  // each recording has an x of its own
}

TEST_CASE("Gradients added to themselves are doubled") {
  Example e;
  Gradients g = e.gradients();
  g += g;
  CHECK(list(g[e.a]) == Numbers{10.0, 12.0});
  CHECK(list(g[e.x]) == Numbers{8.0, 12.0});
  g += Gradients{};
  CHECK(list(g[e.a]) == Numbers{10.0, 12.0});
}

TEST_CASE("Scaling multiplies every element, in f32 and f64") {
  Example e;
  Gradients g = e.gradients();
  g *= 0.5;
  CHECK(list(g[e.a]) == Numbers{2.5, 3.0});
  const Parameter w{"w", Tensor::ones({2})};
  Gradients f32 = e.tape.backward(sum(w * e.tape.parameter(w)));
  f32 *= 3.0;
  CHECK(f32[w].dtype() == DType::f32);
  CHECK(f32[w].at({1}) == 6.0);
  Gradients none;
  none *= 2.0;
  CHECK(none.size() == 0);
}

TEST_CASE("Changing gradients changes neither their copies nor tensors read from them") {
  Example e;
  Gradients g = e.gradients();
  const Gradients copy = g;
  const Tensor read = g[e.a];
  g *= 10.0;
  g += copy;
  g.replace(0, Tensor::zeros({2}, DType::f64));
  CHECK(list(copy[e.a]) == Numbers{5.0, 6.0});
  CHECK(list(copy[e.x]) == Numbers{4.0, 6.0});
  CHECK(list(read) == Numbers{5.0, 6.0});
  CHECK(list(e.gradients()[e.a]) == Numbers{5.0, 6.0});  // nor what the tape has computed
}

TEST_CASE("Gradients of any strides are added and scaled") {
  Parameter w{"w", Tensor::zeros({2, 3}, DType::f64)};
  Tape tape;
  Gradients g = tape.backward(sum(w * tape.parameter(w)));
  const Tensor columns = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {3, 2});
  g.replace(0, columns.transpose());
  Gradients twice = g;
  twice += g;
  CHECK(list(twice[w]) == Numbers{2.0, 6.0, 10.0, 4.0, 8.0, 12.0});
  g *= -1.0;
  CHECK(list(g[w]) == Numbers{-1.0, -3.0, -5.0, -2.0, -4.0, -6.0});
  CHECK(columns.at({0, 0}) == 1.0);
  g.replace(0, Tensor::scalar(3.0, DType::f64).broadcast_to({2, 3}));
  g *= 2.0;
  CHECK(list(g[w]) == Numbers(6, 6.0));
}

TEST_CASE("Scaling does not write into memory of the user's") {
  Parameter w{"w", Tensor::zeros({2}, DType::f64)};
  Tape tape;
  Gradients g = tape.backward(sum(w * tape.parameter(w)));
  std::array<double, 2> memory{1.0, 2.0};
  g.replace(0, Tensor::wrap(memory.data(), {2}));
  g *= 5.0;
  CHECK(list(g[w]) == Numbers{5.0, 10.0});
  CHECK(memory == std::array<double, 2>{1.0, 2.0});
}

TEST_CASE("Gradients that are gathered again and again are added where they lie") {
  Example e;
  const Gradients each = e.of_a();
  Gradients total;
  total += each;
  total += each;  // from here on the memory is its own
  const std::uint64_t before = counting_new::calls();
  for (int i = 0; i < 10; ++i) total += each;
  total *= 0.5;
  const std::uint64_t calls = counting_new::calls() - before;
  if (counting_new::works) CHECK(calls == 0);
  CHECK(list(total[e.a]) == Numbers{30.0, 36.0});
}

TEST_CASE("Looking up gradients allocates nothing") {
  Example e;
  const Gradients g = e.gradients();
  const std::uint64_t before = counting_new::calls();
  const bool found = g.find(e.a, 0) != nullptr && g.find(e.c, 1) == nullptr && g.contains(e.x) && g.contains(e.b);
  const std::uint64_t calls = counting_new::calls() - before;
  CHECK(found);
  if (counting_new::works) CHECK(calls == 0);
}

TEST_CASE("A replacement must be there, and of the same shape and dtype") {
  Example e;
  Gradients g = e.of_a();
  CHECK_THROWS_AS(g.replace(2, Tensor::zeros({2}, DType::f64)), IndexError);
  CHECK_THROWS_WITH(g.replace(2, Tensor::zeros({2}, DType::f64)),
                    ContainsSubstring("gradients: there are 2 entries, none at 2\n  at gradients_test.cpp:"));
  const std::size_t of_a = g.entries()[0].parameter ? 0 : 1;
  CHECK_THROWS_AS(g.replace(of_a, Tensor::zeros({3}, DType::f64)), ShapeError);
  CHECK_THROWS_WITH(
      g.replace(of_a, Tensor::zeros({3}, DType::f64)),
      ContainsSubstring("gradients: what replaces the gradient for \"a\" (2) must have its shape, got (3)\n"
                        "  at gradients_test.cpp:"));
  CHECK_THROWS_AS(g.replace(of_a, Tensor::zeros({2})), DTypeError);
  CHECK_THROWS_WITH(g.replace(of_a, Tensor::zeros({2})),
                    ContainsSubstring("gradients: what replaces the gradient for \"a\" (2) must be f64, got f32\n"
                                      "  at gradients_test.cpp:"));
  CHECK(list(g[e.a]) == Numbers{5.0, 6.0});
}

TEST_CASE("Gradients that do not fit are refused, and nothing is changed") {
  // What a refused function recorded gives its place to what is recorded next: Vars look the same, but they are not.
  const auto here = std::source_location::current();
  Tape whole;
  TapeState& tape = whole.state();
  const TapeMark start = tape.mark();
  const auto gradients_for = [&](const Tensor& value) {
    tape.roll_back(start);
    const Var x = tape.variable(value, "x", here);
    return std::pair{x, tape.backward(sum(x * x), here)};
  };
  auto [x, g] = gradients_for(Tensor::ones({2}, DType::f64));
  const Gradients wide = gradients_for(Tensor::ones({3}, DType::f64)).second;
  const Gradients narrow = gradients_for(Tensor::ones({2})).second;
  CHECK_THROWS_AS(g += wide, ShapeError);
  CHECK_THROWS_WITH(g += wide, "gradients: what is added for a variable (2) must have its shape, got (3)");
  CHECK_THROWS_AS(g += narrow, DTypeError);
  CHECK_THROWS_WITH(g += narrow, "gradients: what is added for a variable (2) must be f64, got f32");
  CHECK(list(g[x]) == Numbers{2.0, 2.0});
}
