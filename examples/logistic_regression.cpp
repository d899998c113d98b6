// Logistic regression three times: by the loop over the examples, by the vectorised formulas, and by the tape. All
// three descend from zero on the same data, and are compared after every step.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("breast_cancer.csv.gz");
  double alpha = 0.5;
  std::int64_t steps = 1000;
  std::uint64_t seed = 1;
  double expect = 0.95;
};

/// What a step gives: J, db, dw_1 … dw_n.
using Numbers = std::vector<double>;

Numbers numbers(double J, const Tensor& db, const Tensor& dw) {
  Numbers all{J, db.item()};
  for (std::int64_t j = 0; j < dw.shape()[0]; ++j) all.push_back(dw.at({j, 0}));
  return all;
}

/// The loop of the notes, in plain C++.
class Loop {
 public:
  explicit Loop(const data::Dataset& set) : w_(static_cast<std::size_t>(set.x.shape()[0])) {
    for (std::int64_t i = 0; i < set.examples(); ++i) {
      Numbers x(w_.size());
      for (std::size_t j = 0; j < x.size(); ++j) x[j] = set.x.at({static_cast<std::int64_t>(j), i});
      x_.push_back(x);
      y_.push_back(set.y.at({0, i}));
    }
  }

  Numbers step(double alpha) {
    double J = 0.0, db = 0.0;
    Numbers dw(w_.size());
    for (std::size_t i = 0; i < x_.size(); ++i) {
      double z = b_;
      for (std::size_t j = 0; j < w_.size(); ++j) z += w_[j] * x_[i][j];
      const double a = 1.0 / (1.0 + std::exp(-z));
      J += -(y_[i] * std::log(a) + (1.0 - y_[i]) * std::log(1.0 - a));
      const double dz = a - y_[i];
      for (std::size_t j = 0; j < w_.size(); ++j) dw[j] += x_[i][j] * dz;
      db += dz;
    }
    const auto m = static_cast<double>(x_.size());
    Numbers result{J / m, db / m};
    for (std::size_t j = 0; j < w_.size(); ++j) {
      result.push_back(dw[j] / m);
      w_[j] -= alpha * dw[j] / m;
    }
    b_ -= alpha * db / m;
    return result;
  }

 private:
  std::vector<Numbers> x_;  // example by example
  Numbers y_, w_;
  double b_ = 0.0;
};

/// The vectorised formulas of the notes: no loop over examples, the gradient still by hand.
class Vectorised {
 public:
  explicit Vectorised(const data::Dataset& set)
      : set_{set}, model_{{.inputs = set.x.shape()[0], .dtype = DType::f64}} {}

  Numbers step(double alpha) {
    tape_.rewind();
    const Var X = tape_.constant(set_.x), Y = tape_.constant(set_.y);
    const Var w = tape_.parameter(model_.w), b = tape_.parameter(model_.b);
    const auto m = static_cast<double>(set_.examples());

    const Var A = sigmoid(matmul(transpose(w), X) + b);
    const Var J = -mean(Y * log(A) + (1.0 - Y) * log(1.0 - A));
    const Var dZ = A - Y;
    const Var dw = matmul(X, transpose(dZ)) / m;
    const Var db = sum(dZ, {.axis = 1, .keepdims = true}) / m;

    const Tensor new_w = (w - alpha * dw).value(), new_b = (b - alpha * db).value();
    const Numbers result = numbers(J.item(), db.value(), dw.value());
    model_.w.assign(new_w);
    model_.b.assign(new_b);
    return result;
  }

 private:
  const data::Dataset& set_;
  models::LogisticRegression model_;
  Tape tape_{{.inference = true}};
};

/// The tape: the cost is written down, and the gradient follows.
class Differentiated {
 public:
  Differentiated(const data::Dataset& set, double alpha)
      : set_{set},
        model_{{.inputs = set.x.shape()[0], .dtype = DType::f64}},
        descent_{parameters(model_), {.learning_rate = alpha}} {}

  Numbers step() {
    tape_.rewind();
    const Var A = model_(tape_.constant(set_.x));  // σ(wᵀX + b)
    const Var J = binary_cross_entropy(A, set_.y);
    const Gradients d = tape_.backward(J);
    descent_.step(d);
    return numbers(J.item(), d[model_.b], d[model_.w]);
  }

  const models::LogisticRegression& model() const { return model_; }

 private:
  const data::Dataset& set_;
  models::LogisticRegression model_;
  optim::Sgd descent_;
  Tape tape_;
};

/// Infinite where one of the numbers is none.
double distance(const Numbers& a, const Numbers& b) {
  double largest = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double apart = std::abs(a[i] - b[i]);
    if (std::isnan(apart)) return std::numeric_limits<double>::infinity();
    largest = std::max(largest, apart);
  }
  return largest;
}

template <class Step>
Numbers timed(double& seconds, Step step) {
  const auto start = std::chrono::steady_clock::now();
  Numbers result = step();
  seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  return result;
}

bool logistic_regression(const Options& options) {
  const data::Dataset patients = data::load_csv(
      options.data, {.header = data::Header::counts, .target_kind = data::TargetKind::numbers, .dtype = DType::f64});
  auto [train, test] = data::split(patients, {.test_fraction = 0.2, .seed = options.seed});
  data::standardise(train, test);
  fmt::print("X {}, Y {}: m = {} to learn from, m_test = {} held back\n\n", train.x.shape(), train.y.shape(),
             train.examples(), test.examples());

  Loop loop{train};
  Vectorised vectorised{train};
  Differentiated differentiated{train, options.alpha};
  double apart = 0.0, loop_time = 0.0, vectorised_time = 0.0, tape_time = 0.0;
  for (std::int64_t step = 1; step <= options.steps; ++step) {
    const Numbers by_loop = timed(loop_time, [&] { return loop.step(options.alpha); });
    const Numbers by_formula = timed(vectorised_time, [&] { return vectorised.step(options.alpha); });
    const Numbers by_tape = timed(tape_time, [&] { return differentiated.step(); });
    apart = std::max({apart, distance(by_loop, by_formula), distance(by_loop, by_tape)});
    if (step == 1 || step % std::max<std::int64_t>(1, options.steps / 5) == 0) {
      fmt::print("step {:>5}   J {:.6f}   J, dw and db of the three differ by at most {:.1e} so far\n", step,
                 by_tape[0], apart);
    }
  }
  const double per_step = 1e6 / static_cast<double>(options.steps);
  fmt::print("\nmicroseconds a step: loop {:.1f}, vectorised {:.1f}, tape {:.1f}\n", loop_time * per_step,
             vectorised_time * per_step, tape_time * per_step);
  fmt::print("loop, vectorised formula and tape are {}equal to 1e-12\n", apart <= 1e-12 ? "" : "NOT ");
  const bool good = examples::reached("test accuracy", train::accuracy(differentiated.model(), test), options.expect);
  return good && apart <= 1e-12;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Logistic regression on the Wisconsin breast cancer set: loop, vectorised formula and tape, compared.",
               "logistic_regression"};
  app.add_option("--data", options.data, "CSV file whose first line states rows, features and classes")
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha")->capture_default_str();
  app.add_option("--steps", options.steps, "steps of gradient descent")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of the division into training and test set")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this test accuracy")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return logistic_regression(options); });
}
