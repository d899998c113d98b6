#include "answers.hpp"

#include <cassert>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

namespace capstan::models {

Tensor largest_rows(const Tensor& outputs) {
  assert(outputs.rank() == 2 && outputs.shape()[0] > 0);
  const std::int64_t classes = outputs.shape()[0], m = outputs.shape()[1];
  const Tensor numbers = outputs.cast(DType::f64);
  const double* row = numbers.data<double>().data();
  std::vector<double> largest(row, row + m);
  Tensor answers = Tensor::zeros({m}, DType::i32);
  const std::span<std::int32_t> answer = answers.mutable_data<std::int32_t>();
  for (std::int64_t k = 1; k < classes; ++k) {
    row += m;
    for (std::size_t i = 0; i < largest.size(); ++i) {
      const bool larger = row[i] > largest[i] || (std::isnan(row[i]) && !std::isnan(largest[i]));
      if (!larger) continue;
      largest[i] = row[i];
      answer[i] = static_cast<std::int32_t>(k);
    }
  }
  return answers;
}

Tensor above_half(const Tensor& p) {
  Tensor answers = p.cast(DType::f64);
  for (double& value : answers.mutable_data<double>()) {
    if (!std::isnan(value)) value = value > 0.5 ? 1.0 : 0.0;
  }
  return answers.cast(p.dtype());
}

}  // namespace capstan::models
