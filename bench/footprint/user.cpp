// A user's whole program, as footprint.cpp compiles and links it.
#include <fmt/core.h>
#include <capstan/capstan.hpp>

using namespace capstan;

int main() {
  models::DeepNet net{{.layers = {2, 16, 2}, .output = Activation::softmax, .seed = 1}};
  optim::Sgd descent{parameters(net), {.learning_rate = 0.1}};
  Rng rng{1};
  const Tensor x = Tensor::normal({2, 32}, rng);
  const Tensor labels = Tensor::zeros({32}, DType::i32);
  Tape tape;
  for (int step = 0; step < 10; ++step) {
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), labels)));
  }
  fmt::print("{}\n", net.predict(x).shape());
}
