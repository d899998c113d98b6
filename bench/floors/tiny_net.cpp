#include <array>
#include <cmath>
#include <memory>

#include "floors/floors.hpp"
#include "floors/vectorised.hpp"

namespace bench::floors {

namespace {

constexpr int m = TinyNet::examples, in = TinyNet::inputs, n = TinyNet::width;
using Layer = std::array<std::array<float, n>, m>;  // an example a row

/// Weights from a unit to all units of the next layer lie side by side, so that the loops over units are vectors.
struct Net {
  std::array<std::array<float, m>, in> x;  // an input a row
  std::array<float, m> y;
  std::array<std::array<float, n>, in> w1;
  std::array<std::array<float, n>, n> w2;
  std::array<float, n> b1, b2, w3;
  float b3;
  float learning_rate;
};

CAPSTAN_BENCH_VECTORISED void step(Net& net) {
  Layer h1, h2, dz1, dz2;
  std::array<float, m> dy;
  for (int e = 0; e < m; ++e) {
    for (int o = 0; o < n; ++o) h1[e][o] = net.b1[o] + net.w1[0][o] * net.x[0][e] + net.w1[1][o] * net.x[1][e];
  }
  for (auto& row : h1) {
    for (float& h : row) h = std::tanh(h);
  }
  for (int e = 0; e < m; ++e) {
    h2[e] = net.b2;
    for (int i = 0; i < n; ++i) {
      for (int o = 0; o < n; ++o) h2[e][o] += net.w2[i][o] * h1[e][i];
    }
  }
  for (auto& row : h2) {
    for (float& h : row) h = std::tanh(h);
  }
  for (int e = 0; e < m; ++e) {
    float y = net.b3;
    for (int i = 0; i < n; ++i) y += net.w3[i] * h2[e][i];
    dy[e] = 2.0F / m * (y - net.y[e]);
    for (int i = 0; i < n; ++i) dz2[e][i] = dy[e] * net.w3[i] * (1.0F - h2[e][i] * h2[e][i]);
  }
  std::array<std::array<float, n>, n> transposed;
  for (int i = 0; i < n; ++i) {
    for (int o = 0; o < n; ++o) transposed[o][i] = net.w2[i][o];
  }
  for (int e = 0; e < m; ++e) {
    std::array<float, n> dh{};
    for (int o = 0; o < n; ++o) {
      for (int i = 0; i < n; ++i) dh[i] += transposed[o][i] * dz2[e][o];
    }
    for (int i = 0; i < n; ++i) dz1[e][i] = dh[i] * (1.0F - h1[e][i] * h1[e][i]);
  }
  for (int e = 0; e < m; ++e) {
    const float rate = net.learning_rate;
    net.b3 -= rate * dy[e];
    for (int o = 0; o < n; ++o) {
      net.w3[o] -= rate * dy[e] * h2[e][o];
      net.b2[o] -= rate * dz2[e][o];
      net.b1[o] -= rate * dz1[e][o];
    }
    for (int i = 0; i < n; ++i) {
      for (int o = 0; o < n; ++o) net.w2[i][o] -= rate * h1[e][i] * dz2[e][o];
    }
    for (int i = 0; i < in; ++i) {
      for (int o = 0; o < n; ++o) net.w1[i][o] -= rate * net.x[i][e] * dz1[e][o];
    }
  }
}

Net start(const TinyNet& work) {
  Net net{};
  const auto& p = work.parameters;
  for (int e = 0; e < m; ++e) {
    net.y[e] = work.y[e];
    for (int i = 0; i < in; ++i) net.x[i][e] = work.x[e * in + i];
  }
  for (int o = 0; o < n; ++o) {
    for (int i = 0; i < in; ++i) net.w1[i][o] = p[0][o * in + i];
    for (int i = 0; i < n; ++i) net.w2[i][o] = p[2][o * n + i];
    net.b1[o] = p[1][o];
    net.b2[o] = p[3][o];
    net.w3[o] = p[4][o];
  }
  net.b3 = p[5][0];
  net.learning_rate = work.learning_rate;
  return net;
}

/// As the others have them: weights to a unit lie side by side.
Results parameters(const Net& net) {
  std::vector<float> w1(std::size_t{n} * in), w2(std::size_t{n} * n);
  for (int o = 0; o < n; ++o) {
    for (int i = 0; i < in; ++i) w1[o * in + i] = net.w1[i][o];
    for (int i = 0; i < n; ++i) w2[o * n + i] = net.w2[i][o];
  }
  return {w1,      {net.b1.begin(), net.b1.end()}, w2, {net.b2.begin(), net.b2.end()}, {net.w3.begin(), net.w3.end()},
          {net.b3}};
}

}  // namespace

Contestant tiny_net(const TinyNet& work) {
  const auto net = std::make_shared<Net>(start(work));
  return {[net] { step(*net); }, [net] { return parameters(*net); }};
}

}  // namespace bench::floors
