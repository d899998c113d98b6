#include <cmath>
#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

CAPSTAN_BENCH_VECTORISED void multiply(std::size_t n, const float* a, const float* x, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = a[i] * x[i];
}
CAPSTAN_BENCH_VECTORISED void add(std::size_t n, const float* a, const float* x, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = a[i] + x[i];
}
CAPSTAN_BENCH_VECTORISED void hyperbolic_tangent(std::size_t n, const float* x, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] = std::tanh(x[i]);
}
CAPSTAN_BENCH_VECTORISED void tangent_gradient(std::size_t n, const float* y, float* dy) {
  for (std::size_t i = 0; i < n; ++i) dy[i] *= 1.0F - y[i] * y[i];
}
CAPSTAN_BENCH_VECTORISED void accumulate(std::size_t n, const float* dz, float* db) {
  for (std::size_t i = 0; i < n; ++i) db[i] += dz[i];
}
CAPSTAN_BENCH_VECTORISED void accumulate_product(std::size_t n, const float* dz, const float* x, float* da) {
  for (std::size_t i = 0; i < n; ++i) da[i] += dz[i] * x[i];
}

struct State {
  Chain work;
  std::vector<float> x;  // all of them, one after the other
  std::vector<float> z, da, db, dx;

  explicit State(const Chain& given)
      : work{given},
        x(given.x.size() * static_cast<std::size_t>(given.links + 1)),
        z(given.x.size()),
        da(z.size()),
        db(z.size()),
        dx(z.size()) {
    std::copy(given.x.begin(), given.x.end(), x.begin());
  }
};

void step(State& s) {
  const std::size_t n = s.z.size(), links = static_cast<std::size_t>(s.work.links);
  for (std::size_t i = 0; i < links; ++i) {
    multiply(n, s.work.a.data(), &s.x[i * n], s.z.data());
    add(n, s.work.b.data(), s.z.data(), s.z.data());
    hyperbolic_tangent(n, s.z.data(), &s.x[(i + 1) * n]);
  }
  std::fill(s.da.begin(), s.da.end(), 0.0F);
  std::fill(s.db.begin(), s.db.end(), 0.0F);
  std::fill(s.dx.begin(), s.dx.end(), 1.0F);
  for (std::size_t i = links; i-- > 0;) {
    tangent_gradient(n, &s.x[(i + 1) * n], s.dx.data());
    accumulate(n, s.dx.data(), s.db.data());
    accumulate_product(n, s.dx.data(), &s.x[i * n], s.da.data());
    multiply(n, s.work.a.data(), s.dx.data(), s.dx.data());
  }
}

}  // namespace

Contestant chain(const Chain& work) {
  const auto state = std::make_shared<State>(work);
  return {[state] { step(*state); }, [state] { return Results{state->da, state->db, state->dx}; }};
}

}  // namespace bench::floors
