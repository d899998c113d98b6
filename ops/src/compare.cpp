#include <capstan/ops/compare.hpp>

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
  return apply<elementwise::Where>(where, condition, a, b);
}

}  // namespace capstan
