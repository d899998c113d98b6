#include <array>
#include <cmath>
#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

constexpr int layers = 8;  // a product with W, perhaps b, and an activation each

template <int which>
inline __attribute__((always_inline)) float activate(float z) {
  if constexpr (which % 4 == 0) return 1.0F / (1.0F + std::exp(-z));
  if constexpr (which % 4 == 1) return std::tanh(z);
  return z < 0.0F ? z * (which % 4 == 2 ? 0.0F : 0.01F) : z;
}

/// The derivative, from the result h.
template <int which>
inline __attribute__((always_inline)) float slope(float h) {
  if constexpr (which % 4 == 0) return h * (1.0F - h);
  if constexpr (which % 4 == 1) return 1.0F - h * h;
  if constexpr (which % 4 == 2) return h > 0.0F ? 1.0F : 0.0F;
  return h < 0.0F ? 0.01F : 1.0F;
}

struct State {
  Elementwise work;
  std::vector<float> dx, dw, db;
  std::vector<std::vector<float>> h;  // of the unfused loops alone: the results of all activations, and z
  std::vector<float> z;

  explicit State(const Elementwise& given) : work{given}, dx(given.x.size()), dw(given.w.size()), db(given.b.size()) {}
};

/// All of one row. Everything but the arguments stays in registers.
CAPSTAN_BENCH_VECTORISED void whole_row(std::size_t n, const float* __restrict x, const float* __restrict w,
                                        const float* __restrict b, float* __restrict dx, float* __restrict dw,
                                        float* __restrict db) {
  for (std::size_t i = 0; i < n; ++i) {
    const float h0 = x[i], v = w[i];
    const float h1 = activate<0>(h0 * v + b[i]), h2 = activate<1>(h1 * v);
    const float h3 = activate<2>(h2 * v + b[i]), h4 = activate<3>(h3 * v);
    const float h5 = activate<4>(h4 * v + b[i]), h6 = activate<5>(h5 * v);
    const float h7 = activate<6>(h6 * v + b[i]), h8 = activate<7>(h7 * v);
    const float d7 = slope<7>(h8), d6 = slope<6>(h7) * d7 * v, d5 = slope<5>(h6) * d6 * v, d4 = slope<4>(h5) * d5 * v;
    const float d3 = slope<3>(h4) * d4 * v, d2 = slope<2>(h3) * d3 * v, d1 = slope<1>(h2) * d2 * v;
    const float d0 = slope<0>(h1) * d1 * v;
    dx[i] = d0 * v;
    dw[i] = d0 * h0 + d1 * h1 + d2 * h2 + d3 * h3 + d4 * h4 + d5 * h5 + d6 * h6 + d7 * h7;
    db[i] += d0 + d2 + d4 + d6;
  }
}

void step_once(State& s) {
  const std::size_t n = s.work.b.size();
  std::fill(s.db.begin(), s.db.end(), 0.0F);
  for (std::size_t at = 0; at < s.dx.size(); at += n) {
    whole_row(n, &s.work.x[at], &s.work.w[at], s.work.b.data(), &s.dx[at], &s.dw[at], s.db.data());
  }
}

CAPSTAN_BENCH_VECTORISED void multiply(std::size_t n, const float* a, const float* b, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = a[i] * b[i];
}
CAPSTAN_BENCH_VECTORISED void accumulate_product(std::size_t n, const float* a, const float* b, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] += a[i] * b[i];
}
CAPSTAN_BENCH_VECTORISED void add_row(std::size_t rows, std::size_t columns, const float* b, float* z) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) z[r * columns + c] += b[c];
  }
}
CAPSTAN_BENCH_VECTORISED void accumulate_rows(std::size_t rows, std::size_t columns, const float* dz, float* db) {
  for (std::size_t r = 0; r < rows; ++r) {
    for (std::size_t c = 0; c < columns; ++c) db[c] += dz[r * columns + c];
  }
}
CAPSTAN_BENCH_VECTORISED void sigmoid(std::size_t n, const float* z, float* h) {
  for (std::size_t i = 0; i < n; ++i) h[i] = activate<0>(z[i]);
}
CAPSTAN_BENCH_VECTORISED void tangent(std::size_t n, const float* z, float* h) {
  for (std::size_t i = 0; i < n; ++i) h[i] = activate<1>(z[i]);
}
CAPSTAN_BENCH_VECTORISED void relu(std::size_t n, const float* z, float* h) {
  for (std::size_t i = 0; i < n; ++i) h[i] = activate<2>(z[i]);
}
CAPSTAN_BENCH_VECTORISED void leaky_relu(std::size_t n, const float* z, float* h) {
  for (std::size_t i = 0; i < n; ++i) h[i] = activate<3>(z[i]);
}
CAPSTAN_BENCH_VECTORISED void sigmoid_gradient(std::size_t n, const float* h, float* d) {
  for (std::size_t i = 0; i < n; ++i) d[i] *= slope<0>(h[i]);
}
CAPSTAN_BENCH_VECTORISED void tangent_gradient(std::size_t n, const float* h, float* d) {
  for (std::size_t i = 0; i < n; ++i) d[i] *= slope<1>(h[i]);
}
CAPSTAN_BENCH_VECTORISED void relu_gradient(std::size_t n, const float* h, float* d) {
  for (std::size_t i = 0; i < n; ++i) d[i] *= slope<2>(h[i]);
}
CAPSTAN_BENCH_VECTORISED void leaky_relu_gradient(std::size_t n, const float* h, float* d) {
  for (std::size_t i = 0; i < n; ++i) d[i] *= slope<3>(h[i]);
}

using Forward = void (*)(std::size_t, const float*, float*);
using Backward = void (*)(std::size_t, const float*, float*);
const std::array<Forward, 4> forward{sigmoid, tangent, relu, leaky_relu};
const std::array<Backward, 4> backward{sigmoid_gradient, tangent_gradient, relu_gradient, leaky_relu_gradient};

void step_unfused(State& s) {
  const std::size_t n = s.dx.size(), columns = s.db.size(), rows = n / columns;
  const auto input = [&s](int layer) { return layer == 0 ? s.work.x.data() : s.h[layer - 1].data(); };
  for (int layer = 0; layer < layers; ++layer) {
    multiply(n, input(layer), s.work.w.data(), s.z.data());
    if (layer % 2 == 0) add_row(rows, columns, s.work.b.data(), s.z.data());
    forward[layer % 4](n, s.z.data(), s.h[layer].data());
  }
  std::fill(s.dw.begin(), s.dw.end(), 0.0F);
  std::fill(s.db.begin(), s.db.end(), 0.0F);
  std::fill(s.dx.begin(), s.dx.end(), 1.0F);
  for (int layer = layers - 1; layer >= 0; --layer) {
    backward[layer % 4](n, s.h[layer].data(), s.dx.data());
    if (layer % 2 == 0) accumulate_rows(rows, columns, s.dx.data(), s.db.data());
    accumulate_product(n, s.dx.data(), input(layer), s.dw.data());
    multiply(n, s.dx.data(), s.work.w.data(), s.dx.data());
  }
}

Contestant contestant(const std::shared_ptr<State>& state, void (*step)(State&)) {
  return {[state, step] { step(*state); }, [state] { return Results{state->dx, state->dw, state->db}; }};
}

}  // namespace

Contestant elementwise_once(const Elementwise& work) { return contestant(std::make_shared<State>(work), step_once); }

Contestant elementwise_unfused(const Elementwise& work) {
  const auto state = std::make_shared<State>(work);
  state->h.assign(layers, std::vector<float>(work.x.size()));
  state->z.resize(work.x.size());
  return contestant(state, step_unfused);
}

}  // namespace bench::floors
