#include <capstan/optim/lion.hpp>

#include <limits>
#include <type_traits>

#include "reference.hpp"

using namespace capstan;
using optim::Lion;
using optim::LionOptions;
using reference::Numbers;

namespace {

/// Chen et al., algorithm 2.
struct LionReference {
  LionOptions options;
  Numbers p, m = Numbers(p.size());

  LionReference(const LionOptions& o, const Numbers& from) : options{o}, p{from} {}

  void step(const Numbers& gradient) {
    const LionOptions& o = options;
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double c = o.beta1 * m[i] + (1.0 - o.beta1) * gradient[i];
      const double sign = c > 0.0 ? 1.0 : c < 0.0 ? -1.0 : 0.0;
      p[i] -= o.learning_rate * (sign + o.weight_decay * p[i]);
      m[i] = o.beta2 * m[i] + (1.0 - o.beta2) * gradient[i];
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of Lion are those of its paper to 1e-10, in every variant") {
  reference::compare<Lion, LionReference>(std::vector<LionOptions>{
      {.learning_rate = 0.003},
      {.learning_rate = 0.003, .weight_decay = 0.1},
      {.learning_rate = 0.003, .beta1 = 0.95, .beta2 = 0.98, .weight_decay = 1.0},
  });
}

TEST_CASE("Lion does not move what has no gradient, and does not hide a NaN") {
  const Parameter p{"p", reference::tensor({1.0, 1.0, 1.0, 1.0})};
  const double infinity = std::numeric_limits<double>::infinity();
  Tape tape;
  Lion descent{{p}, {.learning_rate = 0.5}};
  descent.step(tape.backward(sum(p * tape.constant(reference::tensor({0.0, -3.0, std::nan(""), infinity})))));
  CHECK(p.value().at({0}) == 1.0);
  CHECK(p.value().at({1}) == 1.5);
  CHECK(std::isnan(p.value().at({2})));
  CHECK(p.value().at({3}) == 0.5);
}

TEST_CASE("Lion's defaults are those of its paper, but for the learning rate, which must be given") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const LionOptions now = Lion{{p}, {.learning_rate = 0.1}}.options();
  CHECK(now.beta1 == 0.9);
  CHECK(now.beta2 == 0.99);
  CHECK(now.weight_decay == 0.0);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<LionOptions>);
}

TEST_CASE("Numbers that make no Lion are refused by name and value") {
  const auto refused = [](const LionOptions& options, const std::string& text) {
    reference::check_refused<Lion>(options, "Lion: " + text + "\n  at reference.hpp:");
  };
  refused({.learning_rate = 0.1, .beta1 = 1.0}, "beta1 must be at least 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .beta2 = -1.0}, "beta2 must be at least 0 and below 1, got -1");
}
