// The MLP of W2 as the library's users write it, and a batch to train it on.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>

#include <capstan/capstan.hpp>

namespace bench {

struct Mlp {
  static constexpr std::int64_t inputs = 784, width = 512, classes = 10;
  static constexpr double learning_rate = 0.01;

  capstan::models::DeepNet net{
      {.layers = {inputs, width, width, classes}, .output = capstan::Activation::softmax, .seed = 1}};
  capstan::optim::Sgd descent{capstan::parameters(net), {.learning_rate = learning_rate}};
  capstan::Tape tape;

  explicit Mlp(int threads) : tape{{.threads = threads}} {}
};

struct MlpBatch {
  capstan::Tensor x, labels;  ///< an example a row

  explicit MlpBatch(std::int64_t m) : labels{capstan::Tensor::zeros({m}, capstan::DType::i32)} {
    capstan::Rng rng{2};
    x = capstan::Tensor::normal({m, Mlp::inputs}, rng);
    for (std::int64_t i = 0; i < m; ++i) labels.set({i}, static_cast<double>(i % Mlp::classes));
  }
};

/// One step of gradient descent.
inline std::function<void()> training_step(const std::shared_ptr<Mlp>& mlp, const MlpBatch& batch) {
  return [mlp, x = batch.x.transpose(), labels = batch.labels] {
    auto& [net, descent, tape] = *mlp;
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), labels)));
  };
}

}  // namespace bench
