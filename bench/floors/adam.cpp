#include <cmath>
#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

struct Rates {
  float rate, inverse_root;  // with the corrections for the zeros that m and v begin with
};

CAPSTAN_BENCH_VECTORISED void descend(float* __restrict p, const float* __restrict dp, float* __restrict m,
                                      float* __restrict v, std::int64_t n, Rates rates) {
  for (std::int64_t i = 0; i < n; ++i) {
    m[i] = 0.9F * m[i] + 0.1F * dp[i];
    v[i] = 0.999F * v[i] + 0.001F * dp[i] * dp[i];
    p[i] -= rates.rate * m[i] / (std::sqrt(v[i]) * rates.inverse_root + 1e-8F);
  }
}

struct State {
  Results p, m, v;
  double steps = 0.0;
};

}  // namespace

Contestant adam(const AdamDescent& work) {
  const auto state = std::make_shared<State>();
  for (const Floats& start : work.parameters) {
    state->p.emplace_back(start.begin(), start.end());
    state->m.emplace_back(start.size(), 0.0F);
    state->v.emplace_back(start.size(), 0.0F);
  }
  const auto step = [state, work] {
    state->steps += 1.0;
    const Rates rates{static_cast<float>(work.learning_rate / (1.0 - std::pow(0.9, state->steps))),
                      static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(0.999, state->steps)))};
    for (std::size_t i = 0; i < state->p.size(); ++i) {
      auto& p = state->p[i];
      descend(p.data(), work.gradients[i].data(), state->m[i].data(), state->v[i].data(),
              static_cast<std::int64_t>(p.size()), rates);
    }
  };
  return {step, [state] { return state->p; }};
}

}  // namespace bench::floors
