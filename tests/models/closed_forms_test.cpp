// The formulas of the notes for forward and backward propagation, written as plain loops, against the tape.
#include <cmath>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/models/visit.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>

#include "catch.hpp"
#include "matrix.hpp"

using namespace capstan;

namespace {

double g(const Activation& activation, double z) {
  if (activation == Activation::sigmoid) return 1.0 / (1.0 + std::exp(-z));
  if (activation == Activation::tanh) return std::tanh(z);
  if (activation == Activation::relu) return z > 0.0 ? z : 0.0;
  if (activation == Activation::leaky_relu) return z > 0.0 ? z : 0.01 * z;
  return z;
}

/// g'(z), from z and a = g(z), as the notes have it: 1 at z = 0 for relu and leaky relu.
double slope(const Activation& activation, double z, double a) {
  if (activation == Activation::sigmoid) return a * (1.0 - a);
  if (activation == Activation::tanh) return 1.0 - a * a;
  if (activation == Activation::relu) return z >= 0.0 ? 1.0 : 0.0;
  if (activation == Activation::leaky_relu) return z >= 0.0 ? 1.0 : 0.01;
  return 1.0;
}

/// Everything the notes compute for a net whose last layer is one sigmoid unit. Position l is layer l; 0 is the input.
struct Notes {
  std::vector<Matrix> Z, A, dZ, dA, dW, db;
  double J = 0.0;

  Notes(const models::DeepNet& net, const Matrix& x, const Matrix& y) {
    const auto L = static_cast<std::size_t>(net.depth());
    const double m = static_cast<double>(x.columns);
    for (auto* list : {&Z, &A, &dZ, &dA, &dW, &db}) list->assign(L + 1, Matrix{0, 0});
    A[0] = x;
    for (std::size_t l = 1; l <= L; ++l) {
      const auto number = static_cast<std::int64_t>(l);
      Z[l] = combine(product(Matrix{net.W(number).value()}, A[l - 1]), Matrix{net.b(number).value()},
                     [](double wa, double b) { return wa + b; });
      A[l] = combine(Z[l], Z[l], [&](double z, double) { return g(net.activation(number), z); });
    }
    for (std::int64_t i = 0; i < x.columns; ++i) {
      J -= (y(0, i) * std::log(A[L](0, i)) + (1.0 - y(0, i)) * std::log(1.0 - A[L](0, i))) / m;
    }
    for (std::size_t l = L; l >= 1; --l) {
      const auto number = static_cast<std::int64_t>(l);
      dZ[l] = l == L ? combine(A[L], y, [](double a, double target) { return a - target; }) : dZ[l];
      const auto mean = [m](double sum, double) { return sum / m; };
      dW[l] = product(dZ[l], turned(A[l - 1]));
      dW[l] = combine(dW[l], dW[l], mean);
      db[l] = combine(row_sums(dZ[l]), Matrix{dW[l].rows, 1}, mean);
      dA[l - 1] = product(turned(Matrix{net.W(number).value()}), dZ[l]);
      if (l == 1) break;
      const Activation below = net.activation(number - 1);
      const Matrix slopes = combine(Z[l - 1], A[l - 1], [&](double z, double a) { return slope(below, z, a); });
      dZ[l - 1] = combine(dA[l - 1], slopes, [](double da, double s) { return da * s; });
    }
  }
};

struct Problem {
  Tensor x, y;
};

Problem make_problem(std::int64_t n, std::int64_t m) {
  Rng rng{17};
  Problem p{Tensor::normal({n, m}, rng, {.dtype = DType::f64}), Tensor::zeros({1, m}, DType::f64)};
  for (std::int64_t i = 0; i < m; ++i) p.y.set({0, i}, rng.uniform() < 0.5 ? 0.0 : 1.0);
  return p;
}

/// Gradients of W and b by the tape against the notes, and those of every Z and A of layers 1 … L.
void compare(const models::DeepNet& net, const Problem& problem) {
  const Notes notes{net, Matrix{problem.x}, Matrix{problem.y}};
  const auto L = static_cast<std::size_t>(net.depth());
  const double m = static_cast<double>(problem.x.shape()[1]);
  Tape tape;
  const Var cost = net.cost(tape.constant(problem.x), problem.y);
  const Gradients gradients = tape.backward(cost);
  CHECK(std::fabs(cost.item() - notes.J) < 1e-12);

  tape.rewind();
  std::vector<Var> Z{Var{}}, A{tape.variable(problem.x, "X")};
  for (std::size_t l = 1; l <= L; ++l) {
    const auto number = static_cast<std::int64_t>(l);
    Z.push_back(matmul(net.W(number), A.back()) + net.b(number));
    A.push_back(activate(Z.back(), net.activation(number)));
  }
  const Var J = binary_cross_entropy(A.back(), problem.y);
  CHECK(std::fabs(J.item() - notes.J) < 1e-12);
  for (std::size_t l = 1; l <= L; ++l) {
    CAPTURE(l);
    const auto number = static_cast<std::int64_t>(l);
    CHECK(distance(notes.dW[l], gradients[net.W(number)]) < 1e-12);
    CHECK(distance(notes.db[l], gradients[net.b(number)]) < 1e-12);
    CHECK(distance(notes.Z[l], Z[l].value()) < 1e-12);
    CHECK(distance(notes.A[l], A[l].value()) < 1e-12);
    // The notes keep the 1/m for dW and db; the tape has it in J.
    CHECK(distance(notes.dZ[l], gradient(J, Z[l]).value(), m) < 1e-12);
    CHECK(distance(notes.dA[l - 1], gradient(J, A[l - 1]).value(), m) < 1e-12);
  }
}

}  // namespace

TEST_CASE("the two-layer net has the gradients of the notes, whatever its hidden units") {
  const std::vector<Activation> all{Activation::sigmoid, Activation::tanh, Activation::relu, Activation::leaky_relu,
                                    Activation::identity};
  for (const Activation& hidden : all) {
    CAPTURE(hidden.name);
    const models::DeepNet net{
        {.layers = {3, 4, 1}, .hidden = hidden, .init = init::normal(0.7), .seed = 2, .dtype = DType::f64}};
    compare(net, make_problem(3, 50));
  }
}

TEST_CASE("layer l of a deep net has the gradients of the notes") {
  const models::DeepNet net{{.layers = {3, 5, 4, 6, 2, 1},
                             .activations = {Activation::tanh, Activation::relu, Activation::leaky_relu,
                                             Activation::sigmoid, Activation::sigmoid},
                             .init = init::normal(0.7),
                             .seed = 3,
                             .dtype = DType::f64}};
  compare(net, make_problem(3, 40));
}

TEST_CASE("with all parameters 0 every z is 0, at the kink of relu, where the notes take the slope 1") {
  const models::DeepNet net{
      {.layers = {3, 4, 1}, .hidden = Activation::relu, .init = init::zeros(), .dtype = DType::f64}};
  Parameter w2 = net.W(2);
  w2.assign(Tensor::full({1, 4}, 0.5, DType::f64));
  compare(net, make_problem(3, 20));
}

TEST_CASE("logistic regression has dw = X dZ' / m and db = sum(dZ) / m with dZ = A - Y") {
  const auto [x, y] = make_problem(5, 60);
  const models::LogisticRegression model{{.inputs = 5, .init = init::normal(1.0), .seed = 4, .dtype = DType::f64}};
  const Matrix X{x}, Y{y};
  const double m = 60.0;
  const Matrix Z = product(turned(Matrix{model.w.value()}), X);
  const Matrix A = combine(Z, Z, [](double z, double) { return g(Activation::sigmoid, z); });
  const Matrix dZ = combine(A, Y, [](double a, double target) { return a - target; });

  Tape tape;
  const Var X_on_tape = tape.constant(x);
  const Gradients gradients = tape.backward(model.cost(X_on_tape, y));
  CHECK(distance(product(X, turned(dZ)), gradients[model.w], m) < 1e-12 * m);
  CHECK(distance(row_sums(dZ), gradients[model.b], m) < 1e-12 * m);
  CHECK(distance(A, model(X_on_tape).value()) < 1e-12);
  CHECK(distance(Z, model.logits(X_on_tape).value()) < 1e-12);
}

TEST_CASE("one unit's gradient is the same by the loop over examples of the notes") {
  const auto [x, y] = make_problem(2, 30);
  const models::LogisticRegression model{{.inputs = 2, .init = init::normal(1.0), .seed = 6, .dtype = DType::f64}};
  double J = 0.0, dw1 = 0.0, dw2 = 0.0, db = 0.0;
  for (std::int64_t i = 0; i < 30; ++i) {
    const double z = model.w.value().at({0, 0}) * x.at({0, i}) + model.w.value().at({1, 0}) * x.at({1, i});
    const double a = 1.0 / (1.0 + std::exp(-z));
    J += -(y.at({0, i}) * std::log(a) + (1.0 - y.at({0, i})) * std::log(1.0 - a));
    const double dz = a - y.at({0, i});
    dw1 += x.at({0, i}) * dz;
    dw2 += x.at({1, i}) * dz;
    db += dz;
  }
  Tape tape;
  const Var cost = model.cost(tape.constant(x), y);
  const Gradients gradients = tape.backward(cost);
  CHECK(std::fabs(cost.item() - J / 30) < 1e-12);
  CHECK(std::fabs(gradients[model.w].at({0, 0}) - dw1 / 30) < 1e-12);
  CHECK(std::fabs(gradients[model.w].at({1, 0}) - dw2 / 30) < 1e-12);
  CHECK(std::fabs(gradients[model.b].item() - db / 30) < 1e-12);
}
