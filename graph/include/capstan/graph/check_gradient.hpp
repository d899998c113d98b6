// check_gradient: compares a function's gradients with central differences, in double. It needs no test framework.
#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <capstan/graph/var.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// How check_gradient compares, and what it accepts.
struct CheckOptions {
  double tolerance = 1e-6;
  double step = 0.0;       ///< of the differences, times max(1, |element|); 0 chooses it
  std::uint64_t seed = 1;  ///< of the random cotangent
};

/// The result of a gradient check: the element where the gradient and the differences disagree most.
class GradientReport {
 public:
  /// That element.
  struct Worst {
    std::size_t input = 0;
    std::vector<std::int64_t> position;
    double analytic = 0.0;
    double numeric = 0.0;
    double error = 0.0;  ///< |analytic − numeric| / max(|analytic|, |numeric|, floor); infinite where one is not finite
  };
  /// For check_gradient.
  GradientReport(Worst worst, std::int64_t checked, double tolerance)
      : worst_{std::move(worst)}, checked_{checked}, tolerance_{tolerance} {}

  /// True if no element's relative error is above the tolerance.
  bool passed() const noexcept { return worst_.error <= tolerance_; }
  double max_relative_error() const noexcept { return worst_.error; }
  const Worst& worst() const& noexcept { return worst_; }
  Worst worst() const&& { return worst_; }
  /// The number of elements that were compared.
  std::int64_t checked() const noexcept { return checked_; }
  double tolerance() const noexcept { return tolerance_; }

 private:
  Worst worst_;
  std::int64_t checked_;
  double tolerance_;
};

/// A line that names the input, the element, both numbers and the relative error.
std::string to_string(const GradientReport& report);

/// Checks f at the given inputs, every element of each. The output may have any shape: it is contracted with a random
/// cotangent. f is called many times, each time with new constants on the same tape, rewound; it must compute the
/// same value from the same inputs.
///
/// Where no step is given, each element's steps are halved from 1/128 of max(1, |element|) on, and extrapolated to 0,
/// until the differences agree with each other – never with the gradient that is checked. So a kink or a pole nearby
/// does no harm; one at the element itself does.
///
/// Cost      mostly 6 to 8 calls of f an element, at most 32.
/// Throws    DTypeError unless inputs and output are f64; ShapeError if the output's shape changes from call to call;
///           ValueError without f or inputs, and for a tolerance or a step that is negative or not finite.
/// Source    Ridders, Advances in Engineering Software 4 (1982).
GradientReport check_gradient(const std::function<Var(std::span<const Var>)>& f, const std::vector<Tensor>& inputs,
                              const CheckOptions& options = {},
                              std::source_location where = std::source_location::current());

}  // namespace capstan

template <>
struct fmt::formatter<capstan::GradientReport> : fmt::formatter<std::string_view> {
  auto format(const capstan::GradientReport& report, fmt::format_context& context) const {
    return capstan::detail::write_text(*this, capstan::to_string(report), context);
  }
};
