// W6: an LSTM written with primitive operations, 64 steps of 16 sequences, backward through time, against nothing but
// the products of matrices in it.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include <capstan/capstan.hpp>

#include "peer/peer.hpp"
#include "support/onednn_product.hpp"
#include "support/tensors.hpp"

using namespace capstan;

namespace {

using P = bench::OnednnProduct;

/// Each step by itself: Wx·x, Wh·h, dz·xᵀ, dz·hᵀ, Whᵀ·dz.
bench::Contestant one_by_one(std::int64_t n, std::int64_t steps, std::int64_t batch) {
  const auto forward = std::make_shared<P>(4 * n, batch, n, P::Layout::normal, P::Layout::normal);
  const auto weights = std::make_shared<P>(4 * n, n, batch, P::Layout::normal, P::Layout::transposed);
  const auto backward = std::make_shared<P>(n, batch, 4 * n, P::Layout::transposed, P::Layout::normal);
  return {[=] {
            for (std::int64_t t = 0; t < steps; ++t) {
              forward->run();
              forward->run();
              weights->run();
              weights->run();
              backward->run();
            }
          },
          {}};
}

/// The products of x, and those for the gradients of weights, of all steps in one.
bench::Contestant joined(std::int64_t n, std::int64_t steps, std::int64_t batch) {
  const auto inputs = std::make_shared<P>(4 * n, steps * batch, n, P::Layout::normal, P::Layout::normal);
  const auto forward = std::make_shared<P>(4 * n, batch, n, P::Layout::normal, P::Layout::normal);
  const auto weights = std::make_shared<P>(4 * n, n, steps * batch, P::Layout::normal, P::Layout::transposed);
  const auto backward = std::make_shared<P>(n, batch, 4 * n, P::Layout::transposed, P::Layout::normal);
  return {[=] {
            inputs->run();
            for (std::int64_t t = 0; t < steps; ++t) {
              forward->run();
              backward->run();
            }
            weights->run();
            weights->run();
          },
          {}};
}

/// x[t] is the transposed view of rows, one for each sequence.
bench::Contestant ours(const Tensor& wx, const Tensor& wh, const Tensor& b, const std::vector<Tensor>& x) {
  const auto tape = std::make_shared<Tape>();
  const auto results = std::make_shared<std::vector<Tensor>>();
  const auto step = [tape, results, wx, wh, b, x, zero = Tensor::zeros({wh.shape()[1], x[0].shape()[1]})] {
    results->clear();  // nobody holds the last step's gradients
    tape->rewind();
    const Var vx = tape->variable(wx), vh = tape->variable(wh), vb = tape->variable(b);
    const std::int64_t n = zero.shape()[0];
    Var h = tape->constant(zero), c = h;
    for (const Tensor& input : x) {
      const Var z = matmul(vx, input) + matmul(vh, h) + vb;
      const auto gate = [&](std::int64_t which) {
        return slice(z, {.axis = 0, .start = which * n, .stop = (which + 1) * n});
      };
      c = sigmoid(gate(1)) * c + sigmoid(gate(0)) * tanh(gate(2));
      h = sigmoid(gate(3)) * tanh(c);
    }
    const Gradients gradients = tape->backward(sum(h));
    *results = {gradients[vx], gradients[vh], gradients[vb]};
  };
  return {step, bench::shows(results)};
}

std::vector<bench::Record> measure(const bench::Options& options) {
  const std::int64_t n = 256, steps = options.quick ? 3 : 64, batch = 16;
  Rng rng{1};
  const Tensor wx = Tensor::normal({4 * n, n}, rng, {.stddev = 0.06});
  const Tensor wh = Tensor::normal({4 * n, n}, rng, {.stddev = 0.06});
  const Tensor b = Tensor::normal({4 * n, 1}, rng, {.stddev = 0.1});
  const Tensor x = Tensor::normal({steps, batch, n}, rng);
  std::vector<Tensor> inputs;
  inputs.reserve(static_cast<std::size_t>(steps));
  for (std::int64_t t = 0; t < steps; ++t) {
    inputs.push_back(x.slice({.axis = 0, .start = t, .stop = t + 1}).reshape({batch, n}).transpose());
  }
  const bench::Lstm work{n, steps, batch, wx.data<float>(), wh.data<float>(), b.data<float>(), x.data<float>()};
  return bench::measure(options, {.name = "W6", .unit = "ms", .per_second = 1e3, .tolerance = 1e-3},
                        ours(wx, wh, b, inputs),
                        {{.variant = "LSTM 256, 64 steps, batch 16",
                          .target = 1.1,
                          .floor_name = "its oneDNN products one by one",
                          .floor = one_by_one(n, steps, batch),
                          .peer_name = bench::peer::name(options.threads) + ", nn::LSTM",
                          .peer = bench::peer::lstm_layer(work)},
                         {.variant = "LSTM 256, against joined products",
                          .target = 1.5,
                          .floor_name = "its oneDNN products, steps joined",
                          .floor = joined(n, steps, batch),
                          .peer_name = bench::peer::name(options.threads) + ", primitive operations",
                          .peer = bench::peer::lstm(work)}});
}

}  // namespace

int main(int argc, char** argv) {
  return bench::run(argc, argv, "W6: an LSTM of primitive operations against its products", measure);
}
