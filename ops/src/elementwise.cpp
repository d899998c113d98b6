#include <capstan/ops/elementwise.hpp>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

#include "elementwise/list.hpp"

namespace capstan {

using elementwise::apply;

Var exp(const Operand& x, std::source_location where) { return apply<elementwise::Exp>(where, x); }

Var expm1(const Operand& x, std::source_location where) { return apply<elementwise::Expm1>(where, x); }

Var log(const Operand& x, std::source_location where) { return apply<elementwise::Log>(where, x); }

Var log1p(const Operand& x, std::source_location where) { return apply<elementwise::Log1p>(where, x); }

Var sqrt(const Operand& x, std::source_location where) { return apply<elementwise::Sqrt>(where, x); }

Var abs(const Operand& x, std::source_location where) { return apply<elementwise::Abs>(where, x); }

Var sign(const Operand& x, std::source_location where) { return apply<elementwise::Sign>(where, x); }

Var sin(const Operand& x, std::source_location where) { return apply<elementwise::Sin>(where, x); }

Var cos(const Operand& x, std::source_location where) { return apply<elementwise::Cos>(where, x); }

Var floor(const Operand& x, std::source_location where) { return apply<elementwise::Floor>(where, x); }

Var ceil(const Operand& x, std::source_location where) { return apply<elementwise::Ceil>(where, x); }

Var round(const Operand& x, std::source_location where) { return apply<elementwise::Round>(where, x); }

Var erf(const Operand& x, std::source_location where) { return apply<elementwise::Erf>(where, x); }

Var clamp(const Operand& x, const ClampOptions& options, std::source_location where) {
  if (!(options.low <= options.high)) {
    throw ValueError{refusal("clamp",
                             fmt::format("low must not be above high, got {} and {}", options.low, options.high),
                             {{"x", x}}, where)};
  }
  return elementwise::apply_with<elementwise::Clamp>({options.low, options.high}, where, x);
}

}  // namespace capstan
