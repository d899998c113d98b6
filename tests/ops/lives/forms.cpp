#include "forms.hpp"

#include <array>
#include <cctype>

#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/cast.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/ops/matmul.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>

namespace lives {

using namespace capstan;

// The text that a failure prints is the expression itself.
#define CAPSTAN_FORM(...)                                                              \
  #__VA_ARGS__, [](const Given& given) -> Var {                                        \
    [[maybe_unused]] const auto& [tape, a, b, c, k, p, t, labels, other, ops] = given; \
    return __VA_ARGS__;                                                                \
  }

std::span<const Form> forms() {
  static constexpr std::array lines{
      Form{CAPSTAN_FORM(tape.constant(t)), true},
      Form{CAPSTAN_FORM(tape.variable(t, "x")), true},
      Form{CAPSTAN_FORM(tape.variable(t)), true},
      Form{CAPSTAN_FORM(tape.parameter(p)), true},
      Form{CAPSTAN_FORM(tape.constant(labels)), true},
      Form{CAPSTAN_FORM(mean(a)), false, true},
      Form{CAPSTAN_FORM(sum(a)), false, true},
      Form{CAPSTAN_FORM(max(a)), false, true},
      Form{CAPSTAN_FORM(mean(square(a))), false, true},
      Form{CAPSTAN_FORM(mean(a * b)), false, true},
      Form{CAPSTAN_FORM(sum(tanh(a)) * k), false, true},
      Form{CAPSTAN_FORM(k + mean(a) / 3.0), false, true},
      Form{CAPSTAN_FORM(mean_squared_error(a, b)), false, true},
      Form{CAPSTAN_FORM(mean_squared_error(sigmoid(a), t)), false, true},
      Form{CAPSTAN_FORM(binary_cross_entropy(sigmoid(a), b)), false, true},
      Form{CAPSTAN_FORM(binary_cross_entropy_with_logits(a, t)), false, true},
      Form{CAPSTAN_FORM(cross_entropy(a, labels)), false, true},
      Form{CAPSTAN_FORM(categorical_cross_entropy(softmax(a), labels)), false, true},
      Form{CAPSTAN_FORM(a + b)},
      Form{CAPSTAN_FORM(a - b)},
      Form{CAPSTAN_FORM(a * b)},
      Form{CAPSTAN_FORM(a / (square(b) + 1.0))},
      Form{CAPSTAN_FORM(a * p)},
      Form{CAPSTAN_FORM(p + a)},
      Form{CAPSTAN_FORM(a * t)},
      Form{CAPSTAN_FORM(a * k)},
      Form{CAPSTAN_FORM(k - a)},
      Form{CAPSTAN_FORM(a + k)},
      Form{CAPSTAN_FORM(a * 1.0)},
      Form{CAPSTAN_FORM(a + 0.0)},
      Form{CAPSTAN_FORM(a / k)},
      Form{CAPSTAN_FORM(maximum(a, b))},
      Form{CAPSTAN_FORM(minimum(a, k))},
      Form{CAPSTAN_FORM(where(less(a, b), a, c))},
      Form{CAPSTAN_FORM(where(labels, a, b))},
      Form{CAPSTAN_FORM(where(a, b, k))},
      Form{CAPSTAN_FORM(a * a)},
      Form{CAPSTAN_FORM(-a)},
      Form{CAPSTAN_FORM(square(a))},
      Form{CAPSTAN_FORM(exp(tanh(a)))},
      Form{CAPSTAN_FORM(log(sigmoid(a)))},
      Form{CAPSTAN_FORM(log(a))},
      Form{CAPSTAN_FORM(sqrt(abs(a)))},
      Form{CAPSTAN_FORM(sin(a))},
      Form{CAPSTAN_FORM(tanh(a))},
      Form{CAPSTAN_FORM(sigmoid(a))},
      Form{CAPSTAN_FORM(relu(a))},
      Form{CAPSTAN_FORM(gelu(a))},
      Form{CAPSTAN_FORM(softmax(a))},
      Form{CAPSTAN_FORM(log_softmax(a))},
      Form{CAPSTAN_FORM(stop_gradient(a))},
      Form{CAPSTAN_FORM(transpose(a))},
      Form{CAPSTAN_FORM(reshape(a, {-1}))},
      Form{CAPSTAN_FORM(reshape(a, {-1, 3}))},
      Form{CAPSTAN_FORM(reshape(a, {}))},
      Form{CAPSTAN_FORM(slice(a, {.axis = 0, .start = 0, .step = 2}))},
      Form{CAPSTAN_FORM(slice(a, {.axis = -1, .start = -1}))},
      Form{CAPSTAN_FORM(broadcast_to(a, Shape{3, 4}))},
      Form{CAPSTAN_FORM(broadcast_to(a, b.shape()))},
      Form{CAPSTAN_FORM(sum(a, {.axis = 0}))},
      Form{CAPSTAN_FORM(mean(a, {.axis = -1, .keepdims = true}))},
      Form{CAPSTAN_FORM(min(a, {.axis = 0, .keepdims = true}))},
      Form{CAPSTAN_FORM(variance(a, {.axis = 0}))},
      Form{CAPSTAN_FORM(log_sum_exp(a))},
      Form{CAPSTAN_FORM(sum_to(a, b.shape()))},
      Form{CAPSTAN_FORM(matmul(a, b))},
      Form{CAPSTAN_FORM(matmul(p, a))},
      Form{CAPSTAN_FORM(matmul(a, transpose(a)))},
      Form{CAPSTAN_FORM(matmul(a, b) + matmul(a, c))},
      Form{CAPSTAN_FORM(tanh(matmul(p, a) + b))},
      Form{CAPSTAN_FORM(concatenate({a, b}))},
      Form{CAPSTAN_FORM(stack({a, b}))},
      Form{CAPSTAN_FORM(stack({a, a}, {.axis = -1}))},
      // Refused, most of them after an operand was recorded.
      Form{CAPSTAN_FORM(matmul(a, 5.0)), false, false, true},
      Form{CAPSTAN_FORM(matmul(a, k)), false, false, true},
      Form{CAPSTAN_FORM(matmul(p, 1.0)), false, false, true},
      Form{CAPSTAN_FORM(matmul(a, p)), false, false, true},
      Form{CAPSTAN_FORM(a * other), false, false, true},
      Form{CAPSTAN_FORM(where(labels, a, other)), false, false, true},
      Form{CAPSTAN_FORM(where(a, k, other)), false, false, true},
      Form{CAPSTAN_FORM(mean_squared_error(a, labels)), false, false, true},
      Form{CAPSTAN_FORM(binary_cross_entropy(a, p)), false, false, true},
      Form{CAPSTAN_FORM(categorical_cross_entropy(a, t)), false, false, true},
      Form{CAPSTAN_FORM(concatenate({a, other})), false, false, true},
      Form{CAPSTAN_FORM(concatenate({p, t, a})), false, false, true},
      Form{CAPSTAN_FORM(sum(a, {.axis = 9})), false, false, true},
      Form{CAPSTAN_FORM(cast(cast(a, DType::f32), DType::f64))},
      Form{CAPSTAN_FORM(cast(a, other.dtype()))},
      // The user's own.
      Form{CAPSTAN_FORM(ops.cube(a))},
      Form{CAPSTAN_FORM(ops.scaled(a))},
      Form{CAPSTAN_FORM(ops.reading(a))},
      Form{CAPSTAN_FORM(ops.forking(a))},
      Form{CAPSTAN_FORM(ops.refused_in_gradient(a))},
      Form{CAPSTAN_FORM(ops.refused_late_in_gradient(a))},
      Form{CAPSTAN_FORM(ops.refused(a))},
      Form{CAPSTAN_FORM(ops.refused_elementwise(a))},
      Form{CAPSTAN_FORM(ops.with_parameter(a))},
      Form{CAPSTAN_FORM(ops.product(a, b))},
      Form{CAPSTAN_FORM(ops.product(a, k))},
      Form{CAPSTAN_FORM(ops.first_only(a, b))},
      Form{CAPSTAN_FORM(ops.without_gradient(a))},
      Form{CAPSTAN_FORM(ops.misshapen(a))},
      Form{CAPSTAN_FORM(ops.anew()(a))},
      Form{CAPSTAN_FORM(ops.anew_elementwise()(a))},
  };
  return lines;
}

#undef CAPSTAN_FORM

bool names(std::string_view text, char operand) {
  const auto in_word = [&](std::size_t at) {
    return std::isalnum(static_cast<unsigned char>(text[at])) != 0 || text[at] == '_';
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != operand || (at > 0 && (in_word(at - 1) || text[at - 1] == '.'))) continue;
    if (at + 1 == text.size() || !in_word(at + 1)) return true;
  }
  return false;
}

}  // namespace lives
