#include "peer/libtorch.hpp"

#include <fmt/format.h>

namespace bench::peer {

std::string name(int threads) {
  at::set_num_threads(threads);
  return fmt::format("LibTorch {}", TORCH_VERSION);
}

torch::Tensor view(Floats floats, at::IntArrayRef shape) {
  return torch::from_blob(const_cast<float*>(floats.data()), shape);
}

torch::Tensor leaf(Floats floats, at::IntArrayRef shape) { return view(floats, shape).clone().requires_grad_(); }

std::vector<float> floats(const torch::Tensor& t) {
  const torch::Tensor flat = t.detach().contiguous();
  return {flat.data_ptr<float>(), flat.data_ptr<float>() + flat.numel()};
}

Results values(const std::vector<torch::Tensor>& tensors) {
  Results results;
  for (const torch::Tensor& t : tensors) results.push_back(floats(t));
  return results;
}

Results gradients(const std::vector<torch::Tensor>& tensors) {
  Results results;
  for (const torch::Tensor& t : tensors) results.push_back(floats(t.grad()));
  return results;
}

void descend(std::vector<torch::Tensor>& parameters, float learning_rate) {
  const torch::NoGradGuard guard;
  for (torch::Tensor& p : parameters) p.add_(p.grad(), -learning_rate);
  drop_gradients(parameters);
}

void drop_gradients(std::vector<torch::Tensor>& leaves) {
  for (torch::Tensor& leaf : leaves) leaf.mutable_grad().reset();
}

}  // namespace bench::peer
