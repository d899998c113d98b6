#include "peer/libtorch.hpp"

namespace bench::peer {

Contestant tiny_net(const TinyNet& work) {
  using W = TinyNet;
  const torch::Tensor x = view(work.x, {W::examples, W::inputs}), y = view(work.y, {W::examples, 1});
  std::vector<torch::Tensor> parameters{
      leaf(work.parameters[0], {W::width, W::inputs}), leaf(work.parameters[1], {W::width}),
      leaf(work.parameters[2], {W::width, W::width}),  leaf(work.parameters[3], {W::width}),
      leaf(work.parameters[4], {1, W::width}),         leaf(work.parameters[5], {1})};
  const auto step = [=, rate = work.learning_rate]() mutable {
    const torch::Tensor h1 = torch::linear(x, parameters[0], parameters[1]).tanh();
    const torch::Tensor h2 = torch::linear(h1, parameters[2], parameters[3]).tanh();
    torch::mse_loss(torch::linear(h2, parameters[4], parameters[5]), y).backward();
    descend(parameters, rate);
  };
  return {step, [parameters] { return values(parameters); }};
}

}  // namespace bench::peer
