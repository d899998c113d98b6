#include "peer/libtorch.hpp"

namespace bench::peer {

Contestant lstm(const Lstm& work) {
  const std::int64_t n = work.hidden;
  const torch::Tensor x = view(work.x, {work.steps * work.batch, n}), zero = torch::zeros({work.batch, n});
  std::vector<torch::Tensor> leaves{leaf(work.wx, {4 * n, n}), leaf(work.wh, {4 * n, n}), leaf(work.b, {4 * n})};
  const auto step = [=, steps = work.steps, batch = work.batch]() mutable {
    drop_gradients(leaves);
    const std::vector<torch::Tensor> from_x = torch::linear(x, leaves[0], leaves[2]).split(batch);
    torch::Tensor h = zero, c = zero;
    const torch::Tensor wh = leaves[1].t();
    for (std::int64_t t = 0; t < steps; ++t) {
      const std::vector<torch::Tensor> gates = torch::addmm(from_x[static_cast<std::size_t>(t)], h, wh).split(n, 1);
      c = torch::sigmoid(gates[1]) * c + torch::sigmoid(gates[0]) * torch::tanh(gates[2]);
      h = torch::sigmoid(gates[3]) * torch::tanh(c);
    }
    h.sum().backward();
  };
  return {step, [leaves] { return gradients(leaves); }};
}

Contestant lstm_layer(const Lstm& work) {
  const std::int64_t n = work.hidden;
  const torch::Tensor x = view(work.x, {work.steps, work.batch, n});
  torch::nn::LSTM layer{torch::nn::LSTMOptions(n, n)};
  {
    const torch::NoGradGuard guard;
    const std::vector<torch::Tensor> all = layer->parameters();  // Wx, Wh and two biases, of which we use one
    all[0].copy_(view(work.wx, {4 * n, n}));
    all[1].copy_(view(work.wh, {4 * n, n}));
    all[2].copy_(view(work.b, {4 * n}));
    all[3].zero_().requires_grad_(false);
  }
  std::vector<torch::Tensor> leaves = layer->parameters();
  leaves.pop_back();
  const auto step = [=]() mutable {
    drop_gradients(leaves);
    std::get<0>(layer(x))[-1].sum().backward();
  };
  return {step, [leaves] { return gradients(leaves); }};
}

}  // namespace bench::peer
