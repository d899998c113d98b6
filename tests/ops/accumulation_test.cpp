// Products that add to what another value's memory holds: what is added so, and that it changes no bit.

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

/// How many products a tape's last plans add to another value.
std::size_t added(const Tape& tape) {
  const std::string text = tape.explain(), what = "matmul, added";
  std::size_t count = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++count;
  return count;
}

/// A recurrent net of some steps: W meets the gradients of all of them.
struct Net {
  Tensor w, u, x;
  std::int64_t steps;

  Net(std::int64_t n, std::int64_t batch, std::int64_t times, DType dtype) : steps{times} {
    Rng rng{3};
    const NormalOptions options{.stddev = 0.3, .dtype = dtype};
    w = Tensor::normal({n, n}, rng, options);
    u = Tensor::normal({n, n}, rng, options);
    x = Tensor::normal({n, batch}, rng, options);
  }

  std::vector<Tensor> gradients(Tape& tape) const {
    const Var vw = tape.variable(w, "W"), vu = tape.variable(u, "U");
    Var h = tape.constant(x);
    for (std::int64_t t = 0; t < steps; ++t) h = tanh(matmul(vw, x) + matmul(vu, h));
    tape.keep(h);
    const Gradients g = tape.backward(sum(h));
    return {g[vw], g[vu], h.value()};
  }
};

}  // namespace

TEST_CASE("A sum of products is added up in place, to the bits of an eager tape") {
  const DType dtype = GENERATE(DType::f32, DType::f64);
  const auto [n, batch] = GENERATE(std::pair{5, 3}, std::pair{70, 16}, std::pair{33, 130});
  const Net net{n, batch, 4, dtype};
  Tape planned, eager{{.eager = true}};
  const std::vector<Tensor> a = net.gradients(planned), b = net.gradients(eager);
  for (std::size_t i = 0; i < a.size(); ++i) CHECK(same_bits(a[i], b[i]));
  // The sums W·x + U·h, and of the gradients of both weights all but the first.
  CHECK(added(planned) == 4 + 2 * 3);
}

TEST_CASE("A product that somebody reads is added afterwards, to the same bits") {
  Rng rng{4};
  const Tensor a = Tensor::normal({6, 7}, rng), b = Tensor::normal({7, 5}, rng);
  Tape quiet, watched;
  const auto total = [&](Tape& tape, bool reads) {
    const Var va = tape.variable(a, "a");
    const Var first = matmul(va, b), second = matmul(va * 2.0, b);
    if (reads) tape.keep(second);
    return (first + second).value();
  };
  CHECK(same_bits(total(quiet, false), total(watched, true)));
  CHECK(added(quiet) == 1);
  CHECK(added(watched) == 0);
}

TEST_CASE("What a sum could not give back bit by bit is not added up in place") {
  Rng rng{5};
  Tape tape;
  const auto total = [&](const Shape& left, const Shape& right) {
    tape.rewind();
    const Var a = tape.variable(Tensor::normal(left, rng), "a");
    const Var b = tape.variable(Tensor::normal(right, rng), "b");
    return (matmul(a, b) + matmul(a + 1.0, b)).value();
  };
  total({4, 512}, {512, 3});
  CHECK(added(tape) == 1);
  total({4, 513}, {513, 3});  // sums in two parts
  CHECK(added(tape) == 0);
  total({1, 64}, {64, 3});  // a row: sums of an order of their own
  CHECK(added(tape) == 0);
  total({2, 4, 8}, {2, 8, 3});
  CHECK(added(tape) == 0);
  total({4, 0}, {0, 3});
  CHECK(added(tape) == 0);
}
