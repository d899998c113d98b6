// Extrapolation: a derivative from central differences whose step is halved each time, extrapolated to step 0.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>

namespace capstan {

/// Neville's scheme: a difference of step h is off by c₂h² + c₄h⁴ + …, and each further column removes one of these
/// terms. The best entry is the one that agrees best with the two that it was computed from; where they agree to
/// less than the rounding of the differences, the rounding counts as the error.
/// Source: Ridders, Advances in Engineering Software 4 (1982).
class Extrapolation {
 public:
  static constexpr std::size_t most_steps = 16;

  /// `rounding` is how far the difference may be off because the function's values are rounded.
  void add(double difference, double rounding) {
    std::array<double, most_steps> row{difference};
    double weight = 1.0;
    for (std::size_t order = 1; order <= rows_; ++order) {
      weight *= 4.0;  // halving the step divides these terms by 4, 16, 64, …
      row[order] = (weight * row[order - 1] - last_[order - 1]) / (weight - 1.0);
      const double error =
          rounding + std::max(std::fabs(row[order] - row[order - 1]), std::fabs(row[order] - last_[order - 1]));
      if (error < error_) {
        error_ = error;
        value_ = row[order];
      }
    }
    last_ = row;
    ++rows_;
    exhausted_ = rows_ == most_steps || rounding >= error_;
  }

  /// True if a smaller step cannot improve the value, or need not.
  bool done() const noexcept { return exhausted_ || error_ <= 1e-10 * std::max(1.0, std::fabs(value_)); }
  /// NaN where no two differences were finite.
  double value() const noexcept { return value_; }

 private:
  std::array<double, most_steps> last_{};
  std::size_t rows_ = 0;
  bool exhausted_ = false;
  double value_ = std::numeric_limits<double>::quiet_NaN();
  double error_ = std::numeric_limits<double>::infinity();
};

}  // namespace capstan
