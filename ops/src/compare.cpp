#include <capstan/graph/op.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/tensor/tensor.hpp>

#include "elementwise/list.hpp"

namespace capstan {

using elementwise::apply;

Var is_nan(const Operand& x, std::source_location where) { return apply<elementwise::IsNan>(where, x); }

Var is_finite(const Operand& x, std::source_location where) { return apply<elementwise::IsFinite>(where, x); }

Var less(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Less>(where, a, b);
}

Var less_equal(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::LessEqual>(where, a, b);
}

Var greater(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Greater>(where, a, b);
}

Var greater_equal(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::GreaterEqual>(where, a, b);
}

Var equal(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Equal>(where, a, b);
}

Var not_equal(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::NotEqual>(where, a, b);
}

Var where(const Operand& condition, const Operand& a, const Operand& b, std::source_location where) {
  const Composite whole{"where", {&condition, &a, &b}, where};
  const Operand& choice = a.is_number() ? b : a;
  const bool is_mask =
      !condition.is_number() && condition.dtype() == DType::i32 && !choice.is_number() && is_floating(choice.dtype());
  if (!is_mask) return apply<elementwise::Where>(where, condition, a, b);
  // The conversion makes no whole number 0 except 0 itself.
  if (condition.kind() == Operand::Kind::tensor) {
    return apply<elementwise::Where>(where, condition.tensor().cast(choice.dtype(), where), a, b);
  }
  return apply<elementwise::Where>(where, cast(condition, choice.dtype(), where), a, b);
}

}  // namespace capstan
