#include "peer/libtorch.hpp"

namespace bench::peer {

Contestant logistic_regression(const LogisticRegression& work) {
  const torch::Tensor x = view(work.x, {work.examples, work.features}), y = view(work.y, {work.examples});
  // mv is what is quickest for one column; mm takes three times as long.
  std::vector<torch::Tensor> parameters{torch::zeros({work.features}, torch::requires_grad()),
                                        torch::zeros({1}, torch::requires_grad())};
  const auto step = [=, rate = work.learning_rate]() mutable {
    torch::binary_cross_entropy_with_logits(x.mv(parameters[0]) + parameters[1], y).backward();
    descend(parameters, rate);
  };
  return {step, [parameters] { return values(parameters); }};
}

}  // namespace bench::peer
