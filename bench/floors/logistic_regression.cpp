#include <algorithm>
#include <cmath>
#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

struct State {
  LogisticRegression work;
  std::vector<float> w, dw, dz;
  float b = 0.0F;

  explicit State(const LogisticRegression& given)
      : work{given},
        w(static_cast<std::size_t>(given.features)),
        dw(w.size()),
        dz(static_cast<std::size_t>(given.examples)) {}
};

float difference(const LogisticRegression& work, float z, std::int64_t e) {
  return (1.0F / (1.0F + std::exp(-z)) - work.y[static_cast<std::size_t>(e)]) / static_cast<float>(work.examples);
}

/// (sigmoid(x·w + b) − y) / examples for examples from `begin` to `end`, four at a time.
CAPSTAN_BENCH_VECTORISED void differences(const LogisticRegression& work, const float* w, float b, std::int64_t begin,
                                          std::int64_t end, float* dz) {
  const std::int64_t n = work.features;
  std::int64_t e = begin;
  for (; e + 4 <= end; e += 4) {
    const float* x = work.x.data() + e * n;
    float z0 = b, z1 = b, z2 = b, z3 = b;
    for (std::int64_t f = 0; f < n; ++f) {
      z0 += x[f] * w[f];
      z1 += x[n + f] * w[f];
      z2 += x[2 * n + f] * w[f];
      z3 += x[3 * n + f] * w[f];
    }
    dz[e] = difference(work, z0, e);
    dz[e + 1] = difference(work, z1, e + 1);
    dz[e + 2] = difference(work, z2, e + 2);
    dz[e + 3] = difference(work, z3, e + 3);
  }
  for (; e < end; ++e) {
    float z = b;
    for (std::int64_t f = 0; f < n; ++f) z += work.x[static_cast<std::size_t>(e * n + f)] * w[f];
    dz[e] = difference(work, z, e);
  }
}

/// Adds dz·x for four examples at a time, so that dw is loaded and stored a quarter as often.
CAPSTAN_BENCH_VECTORISED void add_gradient(const LogisticRegression& work, const float* dz, std::int64_t begin,
                                           std::int64_t end, float* dw) {
  const std::int64_t n = work.features;
  std::int64_t e = begin;
  for (; e + 4 <= end; e += 4) {
    const float* x = work.x.data() + e * n;
    for (std::int64_t f = 0; f < n; ++f) {
      dw[f] += dz[e] * x[f] + dz[e + 1] * x[n + f] + dz[e + 2] * x[2 * n + f] + dz[e + 3] * x[3 * n + f];
    }
  }
  for (; e < end; ++e) {
    for (std::int64_t f = 0; f < n; ++f) dw[f] += dz[e] * work.x[static_cast<std::size_t>(e * n + f)];
  }
}

/// Asks for the features of a block before they are needed: nothing is read from memory while the gradient is added.
void prefetch(const LogisticRegression& work, std::int64_t begin, std::int64_t end) {
  const float* last = work.x.data() + std::min(end, work.examples) * work.features;
  for (const float* x = work.x.data() + std::min(begin, work.examples) * work.features; x < last; x += 16) {
    __builtin_prefetch(x);
  }
}

/// A step over blocks of four examples, either forward and backward for each, or forward for all before backward.
void step(State& s, bool once) {
  constexpr std::int64_t block = 4;
  const std::int64_t m = s.work.examples;
  std::fill(s.dw.begin(), s.dw.end(), 0.0F);
  for (std::int64_t begin = 0; begin < m; begin += block) {
    const std::int64_t end = std::min(begin + block, m);
    prefetch(s.work, end, end + block);
    differences(s.work, s.w.data(), s.b, begin, end, s.dz.data());
    if (once) add_gradient(s.work, s.dz.data(), begin, end, s.dw.data());
  }
  for (std::int64_t begin = 0; !once && begin < m; begin += block) {
    const std::int64_t end = std::min(begin + block, m);
    prefetch(s.work, end, end + block);
    add_gradient(s.work, s.dz.data(), begin, end, s.dw.data());
  }
  float db = 0.0F;
  for (const float d : s.dz) db += d;
  for (std::size_t f = 0; f < s.w.size(); ++f) s.w[f] -= s.work.learning_rate * s.dw[f];
  s.b -= s.work.learning_rate * db;
}

Contestant contestant(const LogisticRegression& work, bool once) {
  const auto state = std::make_shared<State>(work);
  return {[state, once] { step(*state, once); }, [state] { return Results{state->w, {state->b}}; }};
}

}  // namespace

Contestant logistic_regression_once(const LogisticRegression& work) { return contestant(work, true); }
Contestant logistic_regression_twice(const LogisticRegression& work) { return contestant(work, false); }

}  // namespace bench::floors
