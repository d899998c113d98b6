#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

CAPSTAN_BENCH_VECTORISED void descend(float* p, const float* dp, std::int64_t n, float learning_rate) {
  for (std::int64_t i = 0; i < n; ++i) p[i] -= learning_rate * dp[i];
}

}  // namespace

Contestant descent(const Descent& work) {
  const auto p = std::make_shared<Results>();
  for (const Floats& start : work.parameters) p->emplace_back(start.begin(), start.end());
  const auto step = [p, work] {
    for (std::size_t i = 0; i < p->size(); ++i) {
      auto& values = (*p)[i];
      descend(values.data(), work.gradients[i].data(), static_cast<std::int64_t>(values.size()), work.learning_rate);
    }
  };
  return {step, [p] { return *p; }};
}

}  // namespace bench::floors
