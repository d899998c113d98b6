#include <capstan/models/decision.hpp>

#include <cmath>
#include <cstddef>
#include <span>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::models {

namespace {

void check(const Tensor& outputs, Decision decision, const std::source_location& where) {
  const auto message = [&](std::string_view rule) {
    return fmt::format("decide: {}\n  outputs: {} of {}\n  at {}", rule, to_string(outputs.shape()),
                       name_of(outputs.dtype()), place(where));
  };
  if (name_of(decision) == "unknown") {
    throw ValueError{message(fmt::format("there is no decision {}", static_cast<int>(decision)))};
  }
  if (outputs.rank() != 2) {
    throw ShapeError{message(fmt::format("outputs must be (units, m), got {}", to_string(outputs.shape())))};
  }
  if (decision == Decision::largest && outputs.shape()[0] == 0) {
    throw ShapeError{message("the largest of no units is no class")};
  }
}

Tensor above_half(const Tensor& outputs) {
  Tensor answers = outputs.cast(DType::f64);
  for (double& value : answers.mutable_data<double>()) {
    if (!std::isnan(value)) value = value > 0.5 ? 1.0 : 0.0;
  }
  return answers.cast(outputs.dtype());
}

Tensor largest(const Tensor& outputs) {
  const std::int64_t classes = outputs.shape()[0], m = outputs.shape()[1];
  const Tensor numbers = outputs.cast(DType::f64);
  const double* row = numbers.data<double>().data();
  std::vector<double> most(row, row + m);
  Tensor answers = Tensor::zeros({m}, DType::i32);
  const std::span<std::int32_t> answer = answers.mutable_data<std::int32_t>();
  for (std::int64_t k = 0; k < classes; ++k, row += m) {
    for (std::size_t i = 0; i < most.size(); ++i) {
      if (std::isnan(row[i])) answer[i] = -1;
      if (answer[i] < 0 || !(row[i] > most[i])) continue;
      most[i] = row[i];
      answer[i] = static_cast<std::int32_t>(k);
    }
  }
  return answers;
}

}  // namespace

std::string_view name_of(Decision decision) noexcept {
  switch (decision) {
    case Decision::none:
      return "none";
    case Decision::above_half:
      return "above_half";
    case Decision::largest:
      return "largest";
  }
  return "unknown";
}

Tensor decide(const Tensor& outputs, Decision decision, std::source_location where) {
  check(outputs, decision, where);
  switch (decision) {
    case Decision::above_half:
      return above_half(outputs);
    case Decision::largest:
      return largest(outputs);
    case Decision::none:
      break;
  }
  return outputs;
}

}  // namespace capstan::models
