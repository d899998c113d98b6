// einsum: values against loops, gradients of both orders, and refusals.
#include <capstan/ops/einsum.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "einsum_loop.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

std::uint32_t nodes_of(const Tape& tape, std::string_view op) {
  std::uint32_t count = 0;
  for (std::uint32_t id = 0; id < tape.size(); ++id) count += tape.node(id).op() == op ? 1 : 0;
  return count;
}

std::string text_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was thrown";
}

using Inputs = std::span<const Var>;

void check_gradient_of(const std::string& axes, const std::vector<Tensor>& inputs,
                       const std::function<Var(Inputs)>& f) {
  const GradientReport report = check_gradient(f, inputs, {.tolerance = 1e-7});
  INFO(fmt::format("{}\n{}", axes, report));
  CHECK(report.passed());
}

/// A function of the first gradients, so that its own gradient is of the second order.
Var of_gradients(std::string_view axes, Inputs x) {
  const Var y = sum(tanh(einsum(axes, x)));
  Var total;
  for (const Var& input : x) {
    const Var part = sum(square(gradient(y, input)));
    total = total ? total + part : part;
  }
  return total;
}

/// A tensor of the same numbers that lies otherwise: its memory has the axes in another order, or gaps.
Tensor lying(const Tensor& x, std::uint64_t way) {
  const std::size_t rank = x.rank();
  if (rank == 0 || way % 3 == 0) return x.copy();
  std::vector<std::int64_t> order(rank), back(rank);
  for (std::size_t i = 0; i < rank; ++i) order[i] = static_cast<std::int64_t>((i + way) % rank);
  for (std::size_t i = 0; i < rank; ++i) back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
  const auto permuted = [](const Tensor& t, const std::vector<std::int64_t>& axes) { return t.transpose(axes); };
  return permuted(permuted(x, order).copy(), back);
}

}  // namespace

TEST_CASE("einsum is the sum of products that its letters say, of random letters, shapes and layouts") {
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const einsum_loop::Case made = einsum_loop::random_case(seed);
    INFO(fmt::format("seed {}: {}", seed, made.axes));
    Tape tape;
    std::vector<Var> x;
    for (std::size_t i = 0; i < made.inputs.size(); ++i) x.push_back(tape.constant(lying(made.inputs[i], seed + i)));
    const Tensor y = einsum(made.axes, x).value(), wanted = einsum_loop::value(made.axes, made.inputs);
    REQUIRE(y.shape() == wanted.shape());
    const Tensor copy = y.copy();
    for (std::size_t i = 0; i < copy.data<double>().size(); ++i)
      REQUIRE(copy.data<double>()[i] == Approx(wanted.data<double>()[i]).epsilon(1e-12).margin(1e-12));
  }
}

TEST_CASE("einsum's gradients of first and second order are right for random letters") {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const einsum_loop::Case made = einsum_loop::random_case(seed);
    const auto empty = [](const Tensor& x) { return x.elements() == 0; };
    if (std::any_of(made.inputs.begin(), made.inputs.end(), empty)) continue;
    check_gradient_of(made.axes, made.inputs, [&](Inputs x) { return einsum(made.axes, x); });
    check_gradient_of(made.axes + ", twice", made.inputs, [&](Inputs x) { return of_gradients(made.axes, x); });
  }
}

TEST_CASE("einsum gives matmul's bits, values and gradients, for products of matrices, vectors and stacks") {
  struct Line {
    std::string_view axes;
    Shape a, b;
  };
  const std::vector<Line> lines{{"ij,jk->ik", {70, 90}, {90, 141}},
                                {"ij,j->i", {300, 200}, {200}},
                                {"i,ij->j", {200}, {200, 300}},
                                {"i,i->", {500}, {500}},
                                {"bij,bjk->bik", {5, 7, 90}, {5, 90, 33}},
                                {"ij,jk->ik", {1, 90}, {90, 33}},
                                {"abij,abjk->abik", {2, 3, 4, 5}, {2, 3, 5, 6}}};
  for (const DType dtype : {DType::f32, DType::f64}) {
    for (const Line& line : lines) {
      INFO(fmt::format("{} of {}", line.axes, dtype));
      Tape tape;
      const Var a = tape.variable(normal(line.a, 1, dtype)), b = tape.variable(normal(line.b, 2, dtype));
      const Var y = einsum(line.axes, a, b), same = matmul(a, b);
      const Var dy = tape.constant(normal(y.shape(), 3, dtype));
      CHECK(same_bits(y.value(), same.value()));
      CHECK(same_bits(gradient(y, a, dy).value(), gradient(same, a, dy).value()));
      CHECK(same_bits(gradient(y, b, dy).value(), gradient(same, b, dy).value()));
    }
  }
}

TEST_CASE("einsum reads transposed factors where they lie, with the bits of their copies") {
  for (const DType dtype : {DType::f32, DType::f64}) {
    const Tensor a = normal({90, 70}, 1, dtype), b = normal({141, 90}, 2, dtype);
    Tape tape;
    const Tensor y = einsum("ji,kj->ik", tape.constant(a), b).value();
    CHECK(same_bits(y, matmul(tape.constant(a.transpose().copy()), b.transpose().copy()).value()));
    CHECK(
        same_bits(einsum("ji,kj->ki", tape.constant(a), b).value(), einsum("kj,ji->ki", tape.constant(b), a).value()));
  }
  Tape tape;
  const Var a = tape.constant(normal({90, 70}, 1)), b = tape.constant(normal({141, 90}, 2));
  (void)einsum("ji,kj->ik", a, b).value();
  CHECK(tape.explain().find("copy") == std::string::npos);
}

TEST_CASE("einsum gives the same bits for a view and for its copy, whichever axes can be counted as one") {
  const Tensor a = normal({6, 7, 8, 9}, 1), b = normal({9, 5, 7, 4}, 2);
  const Tensor wanted = einsum("ijkl,lmjn->imkn", Tape{}.constant(a), b).value();
  for (const std::vector<std::int64_t>& order :
       {std::vector<std::int64_t>{0, 1, 2, 3}, {3, 2, 1, 0}, {1, 3, 0, 2}, {2, 0, 3, 1}}) {
    std::vector<std::int64_t> back(4);
    for (std::size_t i = 0; i < 4; ++i) back[static_cast<std::size_t>(order[i])] = static_cast<std::int64_t>(i);
    const Tensor left = a.transpose(order).copy().transpose(back), right = b.transpose(order).copy().transpose(back);
    Tape tape;
    CHECK(same_bits(einsum("ijkl,lmjn->imkn", tape.constant(left), right).value(), wanted));
  }
}

TEST_CASE("einsum of a product of matrices records one node, and two for its gradients") {
  Tape tape;
  const Var a = tape.variable(normal({3, 5}, 1)), b = tape.variable(normal({5, 4}, 2));
  const Var y = einsum("ij,jk->ik", a, b);
  CHECK(tape.size() == 3);
  const Gradients gradients = tape.backward(sum(y));
  CHECK(nodes_of(tape, "einsum") == 3);
  CHECK(gradients[a].shape() == Shape{3, 5});
  CHECK(gradients[b].shape() == Shape{5, 4});
}

TEST_CASE("einsum multiplies where nothing is summed, fused with its neighbours") {
  Tape tape;
  const Var a = tape.constant(normal({3, 5}, 1)), b = tape.constant(normal({5}, 2));
  const Var y = tanh(einsum("ij,j->ij", a, b));
  CHECK(same_bits(y.value(), tanh(a * b).value()));
  CHECK(nodes_of(tape, "einsum") == 0);
  CHECK(same_bits(einsum("i,j->ij", b, b).value(), (reshape(b, {5, 1}) * b).value()));
}

TEST_CASE("einsum takes diagonals, sums and transposes of one operand") {
  Tape tape;
  const Var x = tape.variable(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0}, {3, 3}));
  CHECK(same_bits(einsum("ii->i", x).value(), Tensor::from({1.0, 5.0, 9.0}, {3})));
  CHECK(einsum("ii", x).item() == 15.0);
  CHECK(same_bits(einsum("ij->ji", x).value(), transpose(x).value()));
  CHECK(same_bits(einsum("ij->j", x).value(), Tensor::from({12.0, 15.0, 18.0}, {3})));
  CHECK(same_bits(gradient(einsum("ii", x), x).value(),
                  Tensor::from({1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0}, {3, 3})));
  const Var cube = tape.constant(normal({4, 4, 4}, 1));
  const Tensor corner = einsum("iii->i", cube).value();
  for (std::int64_t i = 0; i < 4; ++i) CHECK(corner.at({i}) == cube.value().at({i, i, i}));
  CHECK(einsum("ii->i", tape.constant(Tensor::zeros({0, 0}))).shape() == Shape{0});
}

TEST_CASE("einsum without an arrow leaves the letters that stand once, by the alphabet, and blanks count for nothing") {
  Tape tape;
  const Var a = tape.constant(normal({3, 4}, 1)), b = tape.constant(normal({4, 2}, 2));
  CHECK(same_bits(einsum("ij,jk", a, b).value(), matmul(a, b).value()));
  CHECK(same_bits(einsum(" ij, jk -> ik ", a, b).value(), matmul(a, b).value()));
  CHECK(same_bits(einsum("ba", a).value(), transpose(a).value()));
  CHECK(same_bits(einsum("iJ,jk->kJ", b, tape.constant(normal({2, 5}, 3))).value(),
                  einsum("iJ,jk->kJ", b, normal({2, 5}, 3)).value()));
  CHECK(einsum("bA", a).shape() == Shape{4, 3});
}

TEST_CASE("einsum takes tensors, parameters and numbers beside a Var, in a list as well") {
  Tape tape;
  const Tensor t = normal({4, 3}, 1);
  const Parameter p{"p", normal({4, 2}, 2)};
  const Var x = tape.constant(normal({2}, 3));
  const Tensor y = einsum("ji,jk,k->i", {t, p, x}).value();
  const Tensor wanted = einsum_loop::value("ji,jk,k->i", {t, p.value(), x.value()});
  for (std::int64_t i = 0; i < 3; ++i) CHECK(y.at({i}) == Approx(wanted.at({i})));
  CHECK(same_bits(einsum("ji,jk->ik", p, einsum("k->k", x) * t.slice({.axis = 1, .stop = 2})).value(),
                  einsum("ji,jk->ik", p, x * t.slice({.axis = 1, .stop = 2})).value()));
  CHECK(same_bits(einsum(",k->k", 2.0, x).value(), (2.0 * x).value()));
}

TEST_CASE("einsum gives the same bits for one thread and for several") {
  const Tensor a = normal({40, 30, 70}, 1, DType::f32), b = normal({70, 40, 90}, 2, DType::f32);
  const auto values = [&](int threads) {
    Tape tape{{.threads = threads}};
    const Var x = tape.variable(a), y = tape.variable(b);
    const Var z = einsum("bij,jbk->kbi", x, y);
    return std::vector<Tensor>{z.value(), gradient(sum(square(z)), x).value(), gradient(sum(square(z)), y).value()};
  };
  const std::vector<Tensor> one = values(1), three = values(3);
  for (std::size_t i = 0; i < one.size(); ++i) CHECK(same_bits(one[i], three[i]));
}

TEST_CASE("einsum is added in place as matmul is, with the bits of adding it afterwards") {
  const Tensor a = normal({40, 50}, 1), b = normal({50, 60}, 2);
  const auto of = [&](bool keep) {
    Tape tape;
    const Var x = tape.constant(a), y = tape.constant(b);
    const Var first = einsum("ij,jk->ik", x, y), second = einsum("ij,jk->ik", x * 2.0, y);
    if (keep) tape.keep(second);
    const Tensor sum_of_both = (first + second).value();
    CHECK((tape.explain().find("einsum, added") != std::string::npos) == !keep);
    return sum_of_both;
  };
  CHECK(same_bits(of(false), of(true)));
}

TEST_CASE("einsum refuses letters that do not go together, naming the operands, and leaves no trace") {
  Tape tape;
  const Var a = tape.variable(Tensor::zeros({3, 4}), "A"), b = tape.variable(Tensor::zeros({5, 2}), "B");
  const std::size_t before = tape.size();
  const auto refuses = [&](std::string_view axes, const std::string& rule) {
    REQUIRE_THROWS_AS(einsum(axes, a, b), ValueError);
    CHECK(text_of([&] { einsum(axes, a, b); })
              .rfind("einsum: " + rule +
                         "\n  operand 1: variable \"A\" (3, 4)\n"
                         "  operand 2: variable \"B\" (5, 2)\n  at einsum_test.cpp:",
                     0) == 0);
  };
  refuses("ij->ij", "\"ij->ij\" is for 1 operands, got 2");
  refuses("ij,kl->iz", "\"ij,kl->iz\": no operand has the output's axis z");
  refuses("ij,kl->ii", "\"ij,kl->ii\": the output has axis i twice");
  refuses("i1,kl", "\"i1,kl\": an axis must be a letter, got '1'");
  refuses("ij,kl->i,k", "\"ij,kl->i,k\": an axis must be a letter, got ','");
  refuses("...j,kl", "\"...j,kl\": \"...\" is not read; give each axis a letter");
  REQUIRE_THROWS_AS(einsum("ij", std::span<const Var>{}), ValueError);
  CHECK(tape.size() == before);
}

TEST_CASE("einsum refuses shapes and dtypes that do not fit its letters") {
  Tape tape;
  const Var a = tape.variable(Tensor::zeros({3, 4}), "A"), b = tape.variable(Tensor::zeros({5, 2}), "B");
  const std::size_t before = tape.size();
  const auto refuses = [&](std::string_view axes, const std::string& rule) {
    REQUIRE_THROWS_AS(einsum(axes, a, b), ShapeError);
    CHECK_THAT(text_of([&] { einsum(axes, a, b); }), Catch::ContainsSubstring("einsum: " + rule + "\n  operand 1: "));
  };
  refuses("ij,jk", "\"ij,jk\": axis j must have one extent, got 4 of operand 1 and 5 of operand 2");
  refuses("ii,jk", "\"ii,jk\": axis i must have one extent, got 3 of operand 1 and 4 of operand 1");
  refuses("ij,klm", "\"ij,klm\": operand 2 has 2 axes, not the 3 of \"klm\"");
  refuses("ij,k", "\"ij,k\": operand 2 has 2 axes, not the 1 of \"k\"");
  const Tensor twice = Tensor::zeros({4, 2}, DType::f64), whole = Tensor::zeros({4, 2}, DType::i32);
  REQUIRE_THROWS_AS(einsum("ij,jk", a, twice), DTypeError);
  CHECK_THAT(
      text_of([&] { einsum("ij,jk", a, twice); }),
      Catch::ContainsSubstring("einsum: operands must have one dtype, got f32 and f64\n  operand 1: variable \"A\""));
  REQUIRE_THROWS_AS(einsum("ij->i", tape.constant(whole)), DTypeError);
  CHECK(tape.size() == before + 1);
}

TEST_CASE("einsum refuses products of too many axes or elements, and takes back what it recorded for them") {
  Tape tape;
  const Var five = tape.variable(Tensor::zeros({1, 1, 1, 1, 2})),
            six = tape.variable(Tensor::zeros({2, 1, 1, 1, 1, 1})), four = tape.variable(Tensor::zeros({1, 1, 1, 1}));
  const Tensor one = Tensor::zeros({1});
  constexpr std::int64_t large = std::int64_t{1} << 40;
  const Var wide = tape.variable(Tensor::zeros({large, 0})), tall = tape.variable(Tensor::zeros({0, large}));
  const std::size_t before = tape.size();
  const auto too_many = [&] { einsum("abcde,efghij,i->abcdfghj", {five, six, one}); };
  REQUIRE_THROWS_AS(too_many(), ShapeError);
  CHECK_THAT(text_of(too_many), Catch::ContainsSubstring("has 9 axes, the most is 8\n"));
  const auto too_many_apart = [&] { einsum("abcde,fghi->abcdefghi", five, four); };
  REQUIRE_THROWS_AS(too_many_apart(), ShapeError);
  CHECK_THAT(text_of(too_many_apart), Catch::ContainsSubstring("\"abcdefghi\" has 9 axes, the most is 8\n"));
  const auto too_large = [&] { einsum("ij,jk->ik", wide, tall); };
  REQUIRE_THROWS_AS(too_large(), ShapeError);
  CHECK_THAT(text_of(too_large),
             Catch::ContainsSubstring("einsum: the product (1099511627776, 1099511627776) must have "
                                      "fewer than 2^63 elements\n"));
  CHECK(tape.size() == before);
  CHECK(einsum("abcde,efghij->abcdfghj", five, six).shape().rank() == 8);
}
