#include <capstan/tensor/visit_dtype.hpp>

#include "pair_loss.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include <fmt/ranges.h>

#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/strided/walk.hpp>

namespace capstan {

namespace {

/// The element of that number, counted row-major.
double element(const Tensor& y, std::int64_t number, std::source_location where) {
  const auto at = position_of(number, y.shape());
  return y.at(std::span<const std::int64_t>{at.data(), at.size()}, where);
}

template <class T>
bool is_outside(T y) {
  return y < T{0} || y > T{1};
}

template <class T>
std::optional<std::int64_t> first_outside(const Tensor& y, std::source_location where) {
  if (!y.is_contiguous()) {
    for (std::int64_t i = 0; i < y.elements(); ++i) {
      if (is_outside(element(y, i, where))) return i;
    }
    return std::nullopt;
  }
  const std::span<const T> elements = y.data<T>(where);
  bool found = false;
  for (const T element : elements) found |= is_outside(element);
  if (!found) return std::nullopt;
  return std::find_if(elements.begin(), elements.end(), is_outside<T>) - elements.begin();
}

}  // namespace

void check_pair(std::string_view name, const Named& prediction, const Named& target, std::source_location where) {
  const Operand &p = prediction.operand, &y = target.operand;
  if (p.shape() != y.shape()) {
    throw ShapeError{refusal(name,
                             fmt::format("{} and {} must have the same shape, got {} and {}; a loss never broadcasts",
                                         prediction.label, target.label, p.shape(), y.shape()),
                             {prediction, target}, where)};
  }
  const DType dtype = p.is_number() ? y.dtype() : p.dtype();
  if (!p.is_number() && !y.is_number() && p.dtype() != y.dtype()) {
    throw DTypeError{refusal(name,
                             fmt::format("operands must have the same dtype, got {} and {}", p.dtype(), y.dtype()),
                             {prediction, target}, where, literals_hint)};
  }
  if (!is_floating(dtype)) {
    throw DTypeError{refusal(name, fmt::format("operands must be f32 or f64, got {}", dtype), {prediction, target},
                             where, literals_hint)};
  }
}

void check_probabilities(std::string_view name, const Named& prediction, const Named& target,
                         std::source_location where) {
  if (target.operand.kind() != Operand::Kind::tensor) return;
  const Tensor& y = target.operand.tensor();
  const std::optional<std::int64_t> bad =
      visit_floating(y.dtype(), [&]<class T>(T) { return first_outside<T>(y, where); });
  if (!bad) return;
  throw ValueError{refusal(name,
                           fmt::format("{} must lie in [0, 1], got {} at ({})", target.label, element(y, *bad, where),
                                       fmt::join(position_of(*bad, y.shape()), ", ")),
                           {prediction, target}, where)};
}

Var reduced(const Var& losses, Reduction reduction, std::source_location where) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::sum ? sum(losses, {}, where) : mean(losses, {}, where);
}

}  // namespace capstan
