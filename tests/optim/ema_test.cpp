#include <capstan/optim/ema.hpp>

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "counting_new.hpp"
#include "same_bits.hpp"
#include "threads.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Ema;

namespace {

Tensor normal(const Shape& shape, std::uint64_t seed, DType dtype = DType::f64) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = dtype});
}

/// Gives the parameter other numbers.
void change(Parameter p, std::uint64_t seed) { p.assign(normal(p.shape(), seed, p.dtype())); }

}  // namespace

TEST_CASE("1,000 updates of an average are those of its formula to 1e-10") {
  const Parameter p{"p", normal({3, 4}, 0)};
  Ema ema{{p}, {.decay = 0.97}};
  std::vector<double> expected(12);
  for (std::size_t i = 0; i < 12; ++i) expected[i] = p.value().data<double>()[i];
  double largest = 0.0;
  for (std::uint64_t step = 1; step <= 1000; ++step) {
    change(p, step);
    ema.update();
    for (std::size_t i = 0; i < 12; ++i) {
      expected[i] = 0.97 * expected[i] + (1.0 - 0.97) * p.value().data<double>()[i];
      largest = std::max(largest, std::fabs(ema.averages()[0].parameter.value().data<double>()[i] - expected[i]));
    }
  }
  CHECK(largest < 1e-10);
}

TEST_CASE("While a scope lives the parameters have the averages, and their own values afterwards") {
  const Parameter p{"p", normal({3}, 0)}, q{"q", normal({2}, 1, DType::f32)};
  Ema ema{{p, q}, {.decay = 0.5}};
  change(p, 2);
  change(q, 3);
  ema.update();
  const Tensor own_p = p.value().copy(), own_q = q.value().copy();
  const Tensor mean_p = ema.averages()[0].parameter.value().copy(), mean_q = ema.averages()[1].parameter.value().copy();
  CHECK_FALSE(same_bits(own_p, mean_p));
  Tape tape;
  const Var early = sum(tape.parameter(p));
  {
    const Ema::Scope scope = ema.use();
    CHECK(same_bits(p.value(), mean_p));
    CHECK(same_bits(q.value(), mean_q));
    CHECK_THROWS_AS(early.item(), StaleValueError);
    CHECK_THROWS_AS(ema.update(), ValueError);
    CHECK_THROWS_WITH(ema.update(),
                      ContainsSubstring("Ema: it cannot be updated while the parameters have the averaged "
                                        "values\n  at ema_test.cpp:"));
    CHECK_THROWS_WITH(ema.use(), ContainsSubstring("Ema: it cannot be used again while"));
  }
  CHECK(same_bits(p.value(), own_p));
  CHECK(same_bits(q.value(), own_q));
  CHECK(same_bits(ema.averages()[0].parameter.value(), mean_p));
  ema.update();
}

TEST_CASE("An average shows itself under the names of the parameters, and is continued from what it shows") {
  const Parameter p{"w", normal({3}, 0)};
  const std::vector<NamedParameter> named{{"layer.w", p}};
  Ema whole{named, {.decay = 0.9}}, second{named, {.decay = 0.9}};
  const auto shown = [](const Ema& ema) {
    std::vector<NamedParameter> found;
    ema.visit([&](const std::string& name, const Parameter& average) { found.push_back({name, average}); });
    return found;
  };
  for (std::uint64_t step = 1; step <= 20; ++step) {
    change(p, step);
    whole.update();
  }
  REQUIRE(shown(whole).size() == 1);
  CHECK(shown(whole)[0].name == "layer.w");
  Parameter average = shown(second)[0].parameter;
  average.assign(shown(whole)[0].parameter.value());
  change(p, 21);
  whole.update();
  second.update();
  CHECK(same_bits(shown(whole)[0].parameter.value(), shown(second)[0].parameter.value()));
}

TEST_CASE("An update has the same bits for any number of threads, and allocates nothing") {
  std::vector<Tensor> found;
  for (const int count : {1, 2, 3}) {
    const Threads limit{count};
    const Parameter p{"p", normal({300, 500}, 0, DType::f32)}, q{"q", normal({5}, 1, DType::f32)};
    Ema ema{{p, q}, {.decay = 0.9}};
    change(p, 2);
    ema.update();
    const std::uint64_t before = counting_new::calls();
    ema.update();
    const std::uint64_t calls = counting_new::calls() - before;
    if (counting_new::works) CHECK(calls == 0);
    found.push_back(ema.averages()[0].parameter.value().copy());
  }
  CHECK(same_bits(found[0], found[1]));
  CHECK(same_bits(found[0], found[2]));
}

TEST_CASE("An average that cannot be is refused by name and value") {
  const Parameter p{"p", normal({3}, 0)};
  CHECK_THROWS_AS(Ema({p}, {.decay = 1.0}), ValueError);
  CHECK_THROWS_WITH(Ema({p}, {.decay = 1.0}),
                    ContainsSubstring("Ema: decay must be at least 0 and below 1, got 1\n  at ema_test.cpp:"));
  CHECK_THROWS_WITH(Ema({}, {}), ContainsSubstring("Ema: needs at least one parameter, got an empty list"));
  CHECK_THROWS_WITH(Ema({p, p}, {}), ContainsSubstring("Ema: every parameter must be given once, got \"p\""));
}
