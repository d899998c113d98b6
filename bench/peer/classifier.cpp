#include "peer/libtorch.hpp"

namespace bench::peer {

Contestant classifier(const Classifier& work) {
  const torch::Tensor x = view(work.x, {work.examples, work.layers[0]});
  const std::vector<std::int64_t> classes(work.labels.begin(), work.labels.end());
  const torch::Tensor labels = torch::tensor(classes);
  std::vector<torch::Tensor> parameters;
  for (std::size_t layer = 1; layer < work.layers.size(); ++layer) {
    parameters.push_back(leaf(work.parameters[2 * layer - 2], {work.layers[layer], work.layers[layer - 1]}));
    parameters.push_back(leaf(work.parameters[2 * layer - 1], {work.layers[layer]}));
  }
  const auto step = [=, rate = work.learning_rate]() mutable {
    torch::Tensor h = torch::linear(x, parameters[0], parameters[1]);
    for (std::size_t p = 2; p < parameters.size(); p += 2)
      h = torch::linear(h.relu(), parameters[p], parameters[p + 1]);
    torch::cross_entropy_loss(h, labels).backward();
    descend(parameters, rate);
  };
  return {step, [parameters] { return values(parameters); }};
}

}  // namespace bench::peer
