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

#include <capstan/graph/format.hpp>
#include <capstan/graph/format.hpp>
#include <capstan/graph/tensor.hpp>
#include <capstan/graph/var.hpp>

namespace capstan {

struct CheckOptions {
  double tolerance = 1e-6;
  double step = 0.0;       ///< of the differences, relative to the element; 0 chooses it
  std::uint64_t seed = 1;  ///< of the random cotangent
};

/// The worst element of a gradient check.
class GradientReport {
 public:
  struct Worst {
    std::size_t input = 0;
    std::vector<std::int64_t> position;
    double analytic = 0.0;
    double numeric = 0.0;
    double error = 0.0;  ///< |analytic − numeric| / max(|analytic|, |numeric|, floor); infinite where one is not finite
  };
  GradientReport(Worst worst, std::int64_t checked, double tolerance)
      : worst_{std::move(worst)}, checked_{checked}, tolerance_{tolerance} {}

  bool passed() const noexcept { return worst_.error <= tolerance_; }
  double max_relative_error() const noexcept { return worst_.error; }
  const Worst& worst() const noexcept { return worst_; }
  std::int64_t checked() const noexcept { return checked_; }
  double tolerance() const noexcept { return tolerance_; }

 private:
  Worst worst_;
  std::int64_t checked_;
  double tolerance_;
};

std::string to_string(const GradientReport& report);

/// Checks f at the given inputs (f64; DTypeError otherwise), every element of each. The output may have any shape: it
/// is contracted with a random cotangent.
GradientReport check_gradient(const std::function<Var(std::span<const Var>)>& f, const std::vector<Tensor>& inputs,
                              const CheckOptions& options = {},
                              std::source_location where = std::source_location::current());

}  // namespace capstan

template <>
struct fmt::formatter<capstan::GradientReport> : fmt::formatter<std::string_view> {
  auto format(const capstan::GradientReport& report, fmt::format_context& context) const {
    return capstan::write_text(*this, capstan::to_string(report), context);
  }
};
