#include <capstan/ops/activations.hpp>

#include <cmath>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

#include "elementwise/list.hpp"

namespace capstan {

using elementwise::apply;
using elementwise::apply_with;

namespace {

void require_finite(double option, std::string_view option_name, std::string_view op, const Operand& x,
                    std::source_location where) {
  if (std::isfinite(option)) return;
  throw ValueError{refusal(op, fmt::format("{} must be finite, got {}", option_name, option), {{"x", x}}, where)};
}

}  // namespace

Var sigmoid(const Operand& x, std::source_location where) { return apply<elementwise::Sigmoid>(where, x); }

Var tanh(const Operand& x, std::source_location where) { return apply<elementwise::Tanh>(where, x); }

Var relu(const Operand& x, const ReluOptions& options, std::source_location where) {
  require_finite(options.slope_at_zero, "slope_at_zero", "relu", x, where);
  return apply_with<elementwise::Relu>({options.slope_at_zero}, where, x);
}

Var leaky_relu(const Operand& x, const LeakyReluOptions& options, std::source_location where) {
  require_finite(options.slope, "slope", "leaky_relu", x, where);
  require_finite(options.slope_at_zero, "slope_at_zero", "leaky_relu", x, where);
  return apply_with<elementwise::LeakyRelu>({options.slope, options.slope_at_zero}, where, x);
}

Var softplus(const Operand& x, std::source_location where) { return apply<elementwise::Softplus>(where, x); }

Var elu(const Operand& x, const EluOptions& options, std::source_location where) {
  require_finite(options.alpha, "alpha", "elu", x, where);
  return apply_with<elementwise::Elu>({options.alpha}, where, x);
}

Var silu(const Operand& x, std::source_location where) { return apply<elementwise::Silu>(where, x); }

Var gelu(const Operand& x, std::source_location where) { return apply<elementwise::Gelu>(where, x); }

}  // namespace capstan
