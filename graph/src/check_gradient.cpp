#include <capstan/graph/check_gradient.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/graph/tape.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/strided/walk.hpp>

#include "extrapolation.hpp"

namespace capstan {

namespace {

using Function = std::function<Var(std::span<const Var>)>;

constexpr double infinity = std::numeric_limits<double>::infinity();

/// Evaluates f on a tape that is rewound each time.
class Checker {
 public:
  Checker(const Function& f, const std::vector<Tensor>& inputs, const CheckOptions& options, std::source_location where)
      : f_{f}, options_{options}, where_{where} {
    for (const Tensor& input : inputs) inputs_.push_back(input.copy());
  }

  std::vector<Tensor> analytic() {
    for (std::size_t i = 0; i < inputs_.size(); ++i)
      leaves_.push_back(tape_.variable(inputs_[i], fmt::format("input {}", i), where_));
    const Var y = evaluate();
    cotangent_ = random_cotangent(y.shape());
    const Var dy = tape_.constant(cotangent_, where_);
    std::vector<Var> gradients;
    gradients.reserve(leaves_.size());
    for (const Var& leaf : leaves_) gradients.push_back(gradient(y, leaf, dy, where_));
    std::vector<Tensor> values;
    values.reserve(gradients.size());
    for (const Var& dx : gradients) values.push_back(dx.value(where_));
    return values;
  }

  std::vector<double> numeric(std::size_t input) {
    std::vector<double> derivatives;
    derivatives.reserve(static_cast<std::size_t>(inputs_[input].elements()));
    for (std::int64_t i = 0; i < inputs_[input].elements(); ++i)
      derivatives.push_back(derivative(inputs_[input], static_cast<std::size_t>(i)));
    return derivatives;
  }

 private:
  Var evaluate() const {
    const Var y = f_(leaves_);
    if (!y) throw ValueError{fmt::format("check_gradient: f gave an empty Var\n  at {}", place(where_))};
    if (y.dtype() != DType::f64) {
      throw DTypeError{
          fmt::format("check_gradient: f must give f64, got {} of {}\n  at {}", y.shape(), y.dtype(), place(where_))};
    }
    return y;
  }

  /// Returns numbers from 0.5 to 1.5: a number near 0, as among normal ones, would hide an error.
  Tensor random_cotangent(const Shape& shape) const {
    Rng rng{options_.seed};
    Tensor result = Tensor::uniform(shape, rng, {.low = 0.5, .high = 1.5, .dtype = DType::f64});
    for (double& element : result.mutable_data<double>()) element *= rng.below(2) == 0 ? 1.0 : -1.0;
    return result;
  }

  Tensor value_at(Tensor& input, std::size_t element, double x) {
    input.mutable_data<double>()[element] = x;
    tape_.rewind();
    leaves_.clear();
    for (const Tensor& each : inputs_) leaves_.push_back(tape_.constant(each, where_));
    const Tensor y = evaluate().value(where_);
    if (y.shape() != cotangent_.shape()) {
      throw ShapeError{fmt::format("check_gradient: f must give one shape, gave {} and then {}\n  at {}",
                                   cotangent_.shape(), y.shape(), place(where_))};
    }
    return y;
  }

  struct Difference {
    double value;
    double rounding;  ///< by how much it would change if every value of f were off by half a unit in the last place
  };

  /// The difference is taken before the contraction, so that large sums do not swallow small differences.
  Difference difference(Tensor& input, std::size_t element, double step) {
    const double x = input.data<double>()[element], above = x + step, below = x - step;
    const Tensor y_above = value_at(input, element, above), y_below = value_at(input, element, below);
    input.mutable_data<double>()[element] = x;
    const auto dy = cotangent_.data<double>(), high = y_above.data<double>(), low = y_below.data<double>();
    double sum = 0.0, size = 0.0;
    for (std::size_t i = 0; i < dy.size(); ++i) {
      sum += dy[i] * (high[i] - low[i]);
      size += std::fabs(dy[i]) * (std::fabs(high[i]) + std::fabs(low[i]));
    }
    return {sum / (above - below), 0x1p-53 * size / (above - below)};
  }

  double derivative(Tensor& input, std::size_t element) {
    const double scale = std::max(1.0, std::fabs(input.data<double>()[element]));
    if (options_.step > 0.0) return difference(input, element, options_.step * scale).value;
    Extrapolation extrapolation;
    for (double step = scale / 128.0; !extrapolation.done(); step /= 2.0) {
      const auto [value, rounding] = difference(input, element, step);
      extrapolation.add(value, rounding);
    }
    return extrapolation.value();
  }

  const Function& f_;
  const CheckOptions& options_;
  std::source_location where_;
  std::vector<Tensor> inputs_;
  Tape tape_;
  std::vector<Var> leaves_;
  Tensor cotangent_;
};

void check(const Function& f, const std::vector<Tensor>& inputs, const CheckOptions& options,
           const std::source_location& where) {
  if (!f) throw ValueError{fmt::format("check_gradient: f is empty\n  at {}", place(where))};
  if (inputs.empty())
    throw ValueError{fmt::format("check_gradient: needs at least one input, got none\n  at {}", place(where))};
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].dtype() == DType::f64) continue;
    throw DTypeError{fmt::format("check_gradient: inputs must be f64, got {} for input {} {}\n  at {}",
                                 inputs[i].dtype(), i, inputs[i].shape(), place(where))};
  }
  const auto check_number = [&](std::string_view name, double value) {
    if (std::isfinite(value) && value >= 0.0) return;
    throw ValueError{
        fmt::format("check_gradient: {} must be finite and not negative, got {}\n  at {}", name, value, place(where))};
  };
  check_number("tolerance", options.tolerance);
  check_number("step", options.step);
}

double error_of(double analytic, double numeric, double floor) {
  if (!std::isfinite(analytic) || !std::isfinite(numeric)) return infinity;
  return std::fabs(analytic - numeric) / std::max({std::fabs(analytic), std::fabs(numeric), floor});
}

/// The floor of the denominator: an element that is small in comparison with the others of its input is measured by
/// those.
double floor_of(const std::vector<double>& numeric) {
  double largest = 1.0;
  for (const double element : numeric) {
    if (std::isfinite(element)) largest = std::max(largest, std::fabs(element));
  }
  return 1e-3 * largest;
}

}  // namespace

GradientReport check_gradient(const std::function<Var(std::span<const Var>)>& f, const std::vector<Tensor>& inputs,
                              const CheckOptions& options, std::source_location where) {
  check(f, inputs, options, where);
  Checker checker{f, inputs, options, where};
  const std::vector<Tensor> analytic = checker.analytic();
  GradientReport::Worst worst;
  std::int64_t checked = 0;
  for (std::size_t input = 0; input < inputs.size(); ++input) {
    const std::vector<double> numeric = checker.numeric(input);
    const double floor = floor_of(numeric);
    for (std::size_t i = 0; i < numeric.size(); ++i, ++checked) {
      const double exact = analytic[input].data<double>()[i];
      const double error = error_of(exact, numeric[i], floor);
      if (checked > 0 && error <= worst.error) continue;
      const auto position = position_of(static_cast<std::int64_t>(i), inputs[input].shape());
      worst = {input, {position.begin(), position.end()}, exact, numeric[i], error};
    }
  }
  return {worst, checked, options.tolerance};
}

std::string to_string(const GradientReport& report) {
  if (report.checked() == 0) return "gradient check passed: the inputs have no elements";
  const GradientReport::Worst& worst = report.worst();
  return fmt::format(
      "gradient check {}: of {} element{}, the worst is input {} at ({}): analytic {:.10g}, numeric {:.10g}, relative "
      "error {:.3g} {} the tolerance {:g}",
      report.passed() ? "passed" : "failed", report.checked(), report.checked() == 1 ? "" : "s", worst.input,
      fmt::join(worst.position, ", "), printable(worst.analytic), printable(worst.numeric), worst.error,
      report.passed() ? "within" : "above", report.tolerance());
}

}  // namespace capstan
