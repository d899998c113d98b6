#include "peer/libtorch.hpp"

namespace bench::peer {

Contestant chain(const Chain& work) {
  const std::vector<std::int64_t> shape{work.side, work.side};
  std::vector<torch::Tensor> leaves{leaf(work.a, shape), leaf(work.b, shape), leaf(work.x, shape)};
  const auto step = [leaves, links = work.links]() mutable {
    drop_gradients(leaves);
    torch::Tensor x = leaves[2];
    for (std::int64_t i = 0; i < links; ++i) x = torch::tanh(leaves[0] * x + leaves[1]);
    x.sum().backward();
  };
  return {step, [leaves] { return gradients(leaves); }};
}

}  // namespace bench::peer
