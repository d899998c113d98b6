#include "pair_loss.hpp"

#include <fmt/format.h>

#include <capstan/graph/error.hpp>
#include <capstan/graph/format.hpp>
#include <capstan/ops/reductions.hpp>

namespace capstan {

void check_pair(std::string_view name, const Named& prediction, const Named& target, std::source_location where) {
  const Operand &p = prediction.operand, &y = target.operand;
  if (p.shape() != y.shape()) {
    throw ShapeError{refusal(name,
                             fmt::format("{} and {} must have one shape, got {} and {}; a loss never broadcasts",
                                         prediction.label, target.label, p.shape(), y.shape()),
                             {prediction, target}, where)};
  }
  const DType dtype = p.is_number() ? y.dtype() : p.dtype();
  if (!p.is_number() && !y.is_number() && p.dtype() != y.dtype()) {
    throw DTypeError{refusal(name, fmt::format("operands must have one dtype, got {} and {}", p.dtype(), y.dtype()),
                             {prediction, target}, where)};
  }
  if (!is_floating(dtype)) {
    throw DTypeError{
        refusal(name, fmt::format("operands must be f32 or f64, got {}", dtype), {prediction, target}, where)};
  }
}

Var reduced(const Var& losses, Reduction reduction, std::source_location where) {
  if (reduction == Reduction::none) return losses;
  return reduction == Reduction::sum ? sum(losses, {}, where) : mean(losses, {}, where);
}

}  // namespace capstan
