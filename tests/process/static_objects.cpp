// Tapes in static objects: they compute before main, when not every object of the program is there, and after it, when the
// pool's threads are gone.
#include "check.hpp"

using namespace capstan;

namespace {

bool is_near(double a, double b) { return a - b < 1e-12 && b - a < 1e-12; }

double total() {
  Tape tape;
  return sum(tape.constant(Tensor::from({1.0, 2.0, 3.0}, {3}))).item();
}

double most_likely() {
  Tape tape;
  return max(softmax(tape.constant(Tensor::from({1.0, 1.0, 1.0, 1.0}, {4})))).item();
}

double class_gradient() {
  Tape tape;
  const Var x = tape.variable(Tensor::ones({2, 2}, DType::f64));
  return tape.backward(cross_entropy(matmul(x, x), Tensor::zeros({2}, DType::i32)))[x].at({0, 0});
}

/// Computes when it is made and when it is destroyed, to the same bits.
struct Model {
  Tape tape;
  Var x = tape.variable(Tensor::full({400, 500}, 0.25));
  Tensor gradient = compute();

  Tensor compute() { return capstan::gradient(mean(tanh(exp(x) * x)), x).value(); }

  ~Model() {
    check(compute().at({399, 499}) == gradient.at({399, 499}));
    check(::compute() != 0.0);
    set_threads(3);
    check(::compute() != 0.0);
  }
};

const double before_main[] = {total(), most_likely(), class_gradient(), compute()};
Model model;

}  // namespace

int main() {
  check(before_main[0] == 6.0);
  check(is_near(before_main[1], 0.25));
  check(is_near(before_main[2], -0.5));
  set_threads(4);
  check(compute() == before_main[3]);
  static Model last;  // destroyed while the pool has threads
  std::atexit([] { check(compute() == before_main[3]); });
}
