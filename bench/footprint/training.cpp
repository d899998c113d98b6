// A training program, as footprint.cpp runs it: the MLP of W2 on batches of 128. It prints the clock after its first step,
// and after some more the largest amount of memory that the process has had.
#include <chrono>
#include <fstream>
#include <string>

#include <fmt/core.h>
#include <capstan/capstan.hpp>

using namespace capstan;

int main() {
  models::DeepNet net{{.layers = {784, 512, 512, 10}, .output = Activation::softmax, .seed = 1}};
  optim::Sgd descent{parameters(net), {.learning_rate = 0.01}};
  const Tensor x = Tensor::ones({784, 128}), labels = Tensor::zeros({128}, DType::i32);
  Tape tape;
  for (int step = 0; step < 20; ++step) {
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(x), labels)));
    if (step == 0) fmt::print("{}\n", std::chrono::steady_clock::now().time_since_epoch().count());
  }
  std::ifstream status{"/proc/self/status"};
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    status >> word;
    fmt::print("{}\n", word);
  }
}
