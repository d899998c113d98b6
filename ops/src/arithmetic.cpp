#include <capstan/ops/arithmetic.hpp>

#include "elementwise/list.hpp"

namespace capstan {

using elementwise::apply;

Var negate(const Operand& x, std::source_location where) { return apply<elementwise::Negate>(where, x); }

Var square(const Operand& x, std::source_location where) { return apply<elementwise::Square>(where, x); }

Var reciprocal(const Operand& x, std::source_location where) { return apply<elementwise::Reciprocal>(where, x); }

Var add(const Operand& a, const Operand& b, std::source_location where) { return apply<elementwise::Add>(where, a, b); }

Var subtract(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Subtract>(where, a, b);
}

Var multiply(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Multiply>(where, a, b);
}

Var divide(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Divide>(where, a, b);
}

Var floor_divide(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::FloorDivide>(where, a, b);
}

Var pow(const Operand& x, const Operand& exponent, std::source_location where) {
  return apply<elementwise::Pow>(where, x, exponent);
}

Var maximum(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Maximum>(where, a, b);
}

Var minimum(const Operand& a, const Operand& b, std::source_location where) {
  return apply<elementwise::Minimum>(where, a, b);
}

}  // namespace capstan
