// The kernels of pooling against loops in double over random geometries, on every instruction set of this processor.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <capstan/kernels/pool/pool.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "supported_isas.hpp"

using namespace capstan;
using namespace capstan::kernels;

namespace {

std::int64_t below(Rng& rng, std::int64_t limit) {
  return static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(limit)));
}

/// Often the windows of 2 × 2 and 3 × 3 that have loops of their own.
PoolAxis random_axis(Rng& rng, bool is_columns) {
  PoolAxis axis;
  axis.in = 1 + below(rng, is_columns ? 70 : 9);
  if (rng.below(5) == 0) {
    axis.out = 1 + below(rng, 9);
    axis.stride = 0;
    axis.kernel = std::min((axis.in + axis.out - 1) / axis.out + 1, axis.in);
    return axis;
  }
  axis.kernel = 1 + below(rng, std::min<std::int64_t>(axis.in, 4));
  axis.stride = rng.below(2) == 0 ? axis.kernel : 1 + below(rng, 3);
  axis.padding = rng.below(2) == 0 ? 0 : below(rng, axis.kernel / 2 + 1);
  axis.out = (axis.in + 2 * axis.padding - axis.kernel) / axis.stride + 1;
  return axis;
}

PoolGeometry random_geometry(Rng& rng) {
  PoolGeometry g;
  g.planes = 1 + below(rng, 3);
  const std::array<PoolAxis*, 3> axes{&g.depth, &g.height, &g.width};
  for (std::size_t i = rng.below(3); i < 3; ++i) *axes[i] = random_axis(rng, i == 2);
  const bool is_adaptive = std::any_of(axes.begin(), axes.end(), [](const PoolAxis* a) { return a->stride == 0; });
  for (PoolAxis* const a : axes) {  // all of them or none
    if (is_adaptive && a->stride != 0) *a = {a->in, a->in, std::min<std::int64_t>(a->in, 2), 0, 0};
  }
  return g;
}

std::string text(const PoolGeometry& g) {
  std::string all = std::to_string(g.planes) + " planes";
  for (const PoolAxis* const a : {&g.depth, &g.height, &g.width}) {
    for (const std::int64_t n : {a->in, a->out, a->kernel, a->stride, a->padding}) all += " " + std::to_string(n);
    all += ";";
  }
  return all;
}

/// Calls f(output, input, tap) for every position outside of the padding of each window, in row-major order.
template <class F>
void each_position(const PoolGeometry& g, F f) {
  std::int64_t output = 0;
  for (std::int64_t p = 0; p < g.planes; ++p) {
    for (std::int64_t i = 0; i < g.out_plane(); ++i, ++output) {
      const std::array<std::int64_t, 3> at{i / g.width.out / g.height.out, i / g.width.out % g.height.out,
                                           i % g.width.out};
      std::array<PoolWindow, 3> w{};
      const std::array<const PoolAxis*, 3> axes{&g.depth, &g.height, &g.width};
      for (std::size_t k = 0; k < 3; ++k) w[k] = axes[k]->window(at[k]);
      for (std::int64_t d = w[0].begin; d < w[0].end; ++d)
        for (std::int64_t h = w[1].begin; h < w[1].end; ++h)
          for (std::int64_t c = w[2].begin; c < w[2].end; ++c) {
            const std::int64_t tap =
                ((d - w[0].first) * g.height.kernel + h - w[1].first) * g.width.kernel + c - w[2].first;
            f(static_cast<std::size_t>(output),
              static_cast<std::size_t>(((p * g.depth.in + d) * g.height.in + h) * g.width.in + c), tap);
          }
    }
  }
}

/// What a direct loop gives.
struct Expected {
  std::vector<double> max, mean, winners, max_gradient, mean_gradient, picked;

  template <class T>
  Expected(const PoolGeometry& g, bool counts_padding, const std::vector<T>& x, const std::vector<T>& dy)
      : max(dy.size(), -1),
        mean(dy.size()),
        winners(dy.size(), -1),
        max_gradient(x.size()),
        mean_gradient(x.size()),
        picked(dy.size()) {
    std::vector<double> counts(dy.size());
    std::vector<std::size_t> from(dy.size());
    each_position(g, [&](std::size_t o, std::size_t i, std::int64_t tap) {
      const double element = static_cast<double>(x[i]);
      counts[o] += 1;
      mean[o] += element;
      if (winners[o] >= 0 && (std::isnan(max[o]) || element <= max[o])) return;
      max[o] = element;
      winners[o] = static_cast<double>(tap);
      from[o] = i;
    });
    for (std::size_t o = 0; o < dy.size(); ++o) {
      if (counts_padding) counts[o] = static_cast<double>(g.taps());
      mean[o] /= counts[o];
      max_gradient[from[o]] += static_cast<double>(dy[o]);
      picked[o] = static_cast<double>(x[from[o]]);
    }
    each_position(g, [&](std::size_t o, std::size_t i, std::int64_t) {
      mean_gradient[i] += static_cast<double>(dy[o]) / counts[o];
    });
  }
};

template <class T>
void check_close(const std::vector<T>& got, const std::vector<double>& expected, double tolerance) {
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double element = static_cast<double>(got[i]);
    if (std::isnan(element) && std::isnan(expected[i])) continue;
    if (element == expected[i]) continue;
    INFO("element " << i << ": " << element << ", expected " << expected[i]);
    REQUIRE(std::fabs(element - expected[i]) <= tolerance);
  }
}

/// In parts, as threads take them; each part is computed last, in turn, so that one that wrote into another would be
/// seen.
template <class F>
void in_parts(std::int64_t count, std::int64_t parts, std::int64_t last, F f) {
  for (std::int64_t i = 1; i <= parts; ++i) f(range_of(count, (last + i) % parts, parts));
}

template <class T>
void check(const PoolGeometry& g, Isa isa, Rng& rng) {
  const PoolLoops<T>& loops = pool_loops<T>(isa);
  const bool counts_padding = g.width.stride != 0 && rng.below(2) == 0;
  std::vector<T> x(static_cast<std::size_t>(g.planes * g.in_plane())),
      dy(static_cast<std::size_t>(g.planes * g.out_plane()));
  for (T& element : x) element = static_cast<T>(std::round(4 * rng.normal()));  // with ties
  for (T& element : dy) element = static_cast<T>(rng.normal());
  const Expected expected{g, counts_padding, x, dy};
  const T untouched = std::numeric_limits<T>::quiet_NaN();
  std::vector<T> y(dy.size(), untouched), mean = y, winners = y, picked = y, dx(x.size(), untouched), dmean = dx;
  const std::int64_t parts = 1 + below(rng, 4), last = below(rng, parts);
  in_parts(g.out_rows(), parts, last, [&](Range rows) {
    loops.max(g, rows, x.data(), y.data(), winners.data());
    loops.average(g, rows, counts_padding, x.data(), mean.data());
  });
  in_parts(g.out_rows(), parts, last,
           [&](Range rows) { loops.pick(g, rows, x.data(), winners.data(), picked.data()); });
  in_parts(g.planes, parts, last, [&](Range planes) {
    loops.max_gradient(g, planes, dy.data(), winners.data(), dx.data());
    loops.average_gradient(g, planes, counts_padding, dy.data(), dmean.data());
  });
  const double tolerance = sizeof(T) == 4 ? 2e-5 : 1e-13;
  check_close(y, expected.max, 0);
  check_close(winners, expected.winners, 0);
  check_close(picked, expected.picked, 0);
  check_close(mean, expected.mean, tolerance);
  check_close(dx, expected.max_gradient, tolerance);
  check_close(dmean, expected.mean_gradient, tolerance);
}

}  // namespace

TEST_CASE("the kernels of pooling agree with a direct loop over 1500 random geometries, in any parts") {
  for (const Isa isa : supported_isas()) {
    Rng rng{17};
    for (int i = 0; i < 1500; ++i) {
      const PoolGeometry g = random_geometry(rng);
      INFO(name_of(isa) << ", " << text(g));
      check<float>(g, isa, rng);
      check<double>(g, isa, rng);
    }
  }
}

TEST_CASE("the first NaN wins in max pooling, and the first of windows without anything but -inf") {
  constexpr double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  for (const Isa isa : supported_isas()) {
    INFO(name_of(isa));
    PoolGeometry g;
    g.planes = 1;
    g.height = {2, 1, 2, 2, 0};
    g.width = {80, 40, 2, 2, 0};
    std::vector<double> x(160, -inf), y(40), winners(40);
    x[1] = nan;  // the first window: taps 1 and 3
    x[81] = nan;
    x[82] = inf;  // the second one: tap 2, and NaN after it
    x[83] = nan;
    x[4] = -inf, x[84] = 7;  // the third one: tap 2
    pool_loops<double>(isa).max(g, {0, 1}, x.data(), y.data(), winners.data());
    CHECK(std::isnan(y[0]));
    CHECK(winners[0] == 1);
    CHECK(std::isnan(y[1]));
    CHECK(winners[1] == 3);
    CHECK(y[2] == 7);
    CHECK(winners[2] == 2);
    for (std::size_t i = 3; i < 40; ++i) {
      CHECK(y[i] == -inf);
      CHECK(winners[i] == 0);
    }
  }
}
