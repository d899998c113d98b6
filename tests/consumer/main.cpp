// A user's program: every room once, to be sure that headers and libraries of all of them are reached.
#include <fmt/core.h>
#include <capstan/capstan.hpp>

using namespace capstan;

int main() {
  models::LogisticRegression model{{.inputs = 2}};
  optim::Sgd descent{parameters(model), {.learning_rate = 0.1}};
  const Tensor x = Tensor::from({1.0F, 2.0F, 3.0F, 4.0F}, {2, 2});
  const Tensor y = Tensor::from({0.0F, 1.0F}, {1, 2});

  Tape tape;
  double first = 0.0, last = 0.0;
  for (int step = 0; step < 10; ++step) {
    tape.rewind();
    const Var cost = model.cost(tape.constant(x), y);
    last = cost.item();
    if (step == 0) first = last;
    descent.step(tape.backward(cost));
  }
  fmt::print("cost {:.4f} -> {:.4f}\n", first, last);
  return last < first ? 0 : 1;
}
