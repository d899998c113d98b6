#include <capstan/optim/nadam.hpp>

#include <type_traits>

#include "reference.hpp"

using namespace capstan;
using optim::NAdam;
using optim::NAdamOptions;
using reference::Numbers;

namespace {

/// Dozat, algorithm 2, with the schedule of the momentum of torch.optim.NAdam (1.13).
struct NAdamReference {
  NAdamOptions options;
  Numbers p, m = Numbers(p.size()), v = m;
  double t = 0.0, product = 1.0;

  NAdamReference(const NAdamOptions& o, const Numbers& from) : options{o}, p{from} {}

  void step(const Numbers& gradient) {
    const NAdamOptions& o = options;
    t += 1.0;
    const auto mu = [&](double step) { return o.beta1 * (1.0 - 0.5 * std::pow(0.96, step * o.momentum_decay)); };
    product *= mu(t);
    for (std::size_t i = 0; i < p.size(); ++i) {
      const double g = gradient[i] + o.weight_decay * p[i];
      m[i] = o.beta1 * m[i] + (1.0 - o.beta1) * g;
      v[i] = o.beta2 * v[i] + (1.0 - o.beta2) * g * g;
      const double m_hat = mu(t + 1.0) * m[i] / (1.0 - product * mu(t + 1.0)) + (1.0 - mu(t)) * g / (1.0 - product);
      const double v_hat = v[i] / (1.0 - std::pow(o.beta2, t));
      p[i] -= o.learning_rate * m_hat / (std::sqrt(v_hat) + o.epsilon);
    }
  }
};

}  // namespace

TEST_CASE("1,000 steps of NAdam are those of torch.optim.NAdam to 1e-10, in every variant") {
  reference::compare<NAdam, NAdamReference>(std::vector<NAdamOptions>{
      {.learning_rate = 0.01},
      {.learning_rate = 0.01, .weight_decay = 0.1},
      {.learning_rate = 0.01, .beta1 = 0.5, .beta2 = 0.9, .epsilon = 1e-3, .momentum_decay = 0.1},
  });
}

TEST_CASE("NAdam's defaults are those of torch.optim, but for the learning rate, which must be given") {
  const Parameter p{"p", reference::tensor(reference::start)};
  const NAdamOptions now = NAdam{{p}, {.learning_rate = 0.1}}.options();
  CHECK(now.beta1 == 0.9);
  CHECK(now.beta2 == 0.999);
  CHECK(now.epsilon == 1e-8);
  CHECK(now.momentum_decay == 4e-3);
  STATIC_REQUIRE_FALSE(std::is_default_constructible_v<NAdamOptions>);
}

TEST_CASE("Numbers that make no NAdam are refused by name and value") {
  const auto refused = [](const NAdamOptions& options, const std::string& text) {
    reference::check_refused<NAdam>(options, "NAdam: " + text + "\n  at reference.hpp:");
  };
  refused({.learning_rate = 0.1, .beta1 = 1.0}, "beta1 must be at least 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .beta2 = 2.0}, "beta2 must be at least 0 and below 1, got 2");
  refused({.learning_rate = 0.1, .epsilon = -1.0}, "epsilon must be finite and not negative, got -1");
  refused({.learning_rate = 0.1, .momentum_decay = -1.0}, "momentum_decay must be finite and not negative, got -1");
}
