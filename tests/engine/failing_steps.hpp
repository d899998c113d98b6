// A small net for walks of failing allocations (failing_walk.hpp).
#pragma once

#include <cstdint>

#include <capstan/graph.hpp>
#include <capstan/ops.hpp>

#include "failing_walk.hpp"

namespace capstan {

inline Tensor normal(const Shape& shape, std::uint64_t seed) {
  Rng rng{seed};
  return Tensor::normal(shape, rng, {.dtype = DType::f64});
}

/// A small net; `program` says which of many steps is recorded.
struct Net {
  explicit Net(const TapeOptions& options = {}) : tape{options} {}

  Parameter w1{"W1", normal({4, 3}, 1)}, b1{"b1", normal({4, 1}, 2)}, w2{"W2", normal({2, 4}, 3)};
  Tensor x = normal({3, 5}, 4), y = normal({2, 5}, 5);
  Tape tape;

  Var hidden(int program) {
    Var a = tanh(matmul(w1, tape.constant(x)) + b1);
    for (int i = 0; i < program; ++i) a = sigmoid(a * (0.5 + i));
    return a;
  }
  Var cost(int program) {
    tape.rewind();
    return mean_squared_error(matmul(w2, hidden(program)), y);
  }
  void step(int program, Outcome& out) {
    const Var c = cost(program);
    const Gradients gradients = tape.backward(c);
    out.add(c.item());
    for (const Gradients::Entry& entry : gradients.entries()) out.add(entry.value());
  }
  void step(int program) {
    Outcome out;
    step(program, out);
  }
};

}  // namespace capstan
