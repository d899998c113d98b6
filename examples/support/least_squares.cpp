#include "support/least_squares.hpp"

#include <capstan/capstan.hpp>

using namespace capstan;

namespace examples {

Tensor least_squares(const Tensor& X, const Tensor& Y) {
  constexpr int most_steps = 5000;
  constexpr double enough = 1e-20;  // of the gradient's square, against where it started

  Tape tape{{.inference = true}};
  Tensor theta = Tensor::zeros({X.shape()[0], 1}, DType::f64);
  Tensor r = Y.transpose();                                       // the residual Yᵀ − Xᵀθ
  Tensor p = matmul(tape.constant(X), tape.constant(r)).value();  // the direction, at first the gradient Xr
  double gamma = sum(square(tape.constant(p))).item();
  const double first = gamma;
  for (int step = 0; step < most_steps && gamma > enough * first; ++step) {
    tape.rewind();
    const Var x = tape.constant(X), direction = tape.constant(p);
    const Var q = matmul(transpose(x), direction);
    const double length = gamma / sum(square(q)).item();
    theta = (tape.constant(theta) + length * direction).value();
    r = (tape.constant(r) - length * q).value();

    const Var s = matmul(x, tape.constant(r));
    const double next = sum(square(s)).item();
    p = (s + (next / gamma) * direction).value();
    gamma = next;
  }
  return theta;
}

}  // namespace examples
