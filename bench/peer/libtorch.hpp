// What the peer's workloads share. They run as LibTorch runs best: environment.hpp says what is set
// before the program starts; here it is told how many threads.
#pragma once

#include <torch/torch.h>

#include "peer/peer.hpp"

namespace bench::peer {

/// Looks at the program's memory.
torch::Tensor view(Floats floats, at::IntArrayRef shape);
/// A copy with a gradient.
torch::Tensor leaf(Floats floats, at::IntArrayRef shape);

std::vector<float> floats(const torch::Tensor& t);
Results values(const std::vector<torch::Tensor>& tensors);
Results gradients(const std::vector<torch::Tensor>& tensors);

/// p := p − learning_rate · dp, and no gradient left.
void descend(std::vector<torch::Tensor>& parameters, float learning_rate);

/// Backward again and again: drops the gradients of the last step.
void drop_gradients(std::vector<torch::Tensor>& leaves);

}  // namespace bench::peer
