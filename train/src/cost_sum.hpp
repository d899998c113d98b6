// CostSum: the mean of the costs of batches over their examples.
#pragma once

#include <cmath>
#include <cstdint>

namespace capstan::train::detail {

/// Where costs are so large that their sum would not be finite, it is kept times a power of two, which changes no digit
/// of the mean.
struct CostSum {
  double sum = 0.0;  ///< of costs, each times its examples, times 2^−scale
  std::int64_t scale = 0;
  std::int64_t seen = 0;  ///< examples

  static constexpr std::int64_t scale_of_large = 64;

  void add(double cost, std::int64_t examples) {
    if (scale == 0 && std::abs(cost) > 0x1p900) {
      scale = scale_of_large;
      sum = std::ldexp(sum, -static_cast<int>(scale));
    }
    sum += std::ldexp(cost, -static_cast<int>(scale)) * static_cast<double>(examples);
    seen += examples;
  }

  double mean() const { return std::ldexp(sum / static_cast<double>(seen), static_cast<int>(scale)); }
};

}  // namespace capstan::train::detail
