// Run by isa_test.cpp with the environment variable CAPSTAN_ISA set. The first line is the instruction set, and each
// further one a number that an op led to; or a line says why it was refused, and at which step.
#include <cstdio>
#include <string>

#include <fmt/core.h>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/isa.hpp>
#include <capstan/tensor/rng.hpp>

using namespace capstan;

namespace {

template <class F>
void print(F f) {
  Rng rng{3};
  const Tensor numbers = Tensor::normal({17, 17}, rng);
  std::string step = "making a tape";
  try {
    Tape tape;
    step = "recording";
    fmt::print("{}\n", f(tape.constant(numbers)));
  } catch (const ValueError& error) {
    fmt::print("ValueError, {}: {}\n", step, error.what());
  }
}

double at_first(const Var& y) { return y.value().at({0, 0}); }

}  // namespace

int main() {
  print([](const Var&) { return kernels::name_of(kernels::chosen_isa()); });
  print([](const Var& x) { return at_first(tanh(x)); });
  print([](const Var& x) { return at_first(matmul(x, x)); });
  print([](const Var& x) { return sum(x).item(); });
  print([](const Var& x) { return at_first(softmax(x)); });
  print([](const Var& x) { return cross_entropy(x, Tensor::full(Shape{17}, 3, DType::i32)).item(); });
}
