#include "class_loss_rule.hpp"

#include <array>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>

#include "elementwise/chain.hpp"

namespace capstan {

using elementwise::chain;

ClassLossRule::ClassLossRule(const Rule& rule, std::size_t count)
    : rule_{rule}, count_{count}, attributes_{rule.attributes<ClassLossAttributes>()} {}

Var ClassLossRule::targets() const {
  if (has_labels()) return record_alike(label_targets_op());
  if (attributes_.label_smoothing == 0.0) return weighted(target());
  const auto classes = static_cast<double>(scores().shape()[0]);
  return weighted(target() * (1.0 - attributes_.label_smoothing) + attributes_.label_smoothing / classes);
}

Var ClassLossRule::for_each(const Var& dy) const {
  if (!attributes_.is(Reduction::mean)) return dy;
  if (has_labels()) return elementwise::chain_quotient(rule_.where(), dy, record_alike(counted_weight_op()));
  return dy / scores().shape()[1];
}

Var ClassLossRule::logits_gradient(const Var& p) const {
  const Var targets = this->targets();
  const Var slope = sum(targets, {.axis = 0, .keepdims = true}) * p - targets;
  return chain(rule_.where(), for_each(rule_.dy()), slope);
}

Var ClassLossRule::probabilities_gradient(const Var& p) const {
  return -chain(rule_.where(), for_each(rule_.dy()), targets() / maximum(if_counted(p), 1e-12));
}

/// The loss is Σ weight · (on · target + off) · cost. If a factor is 0, the target has no influence, even if the cost is
/// infinite.
Var ClassLossRule::target_gradient(const Var& costs) const {
  const Var slope =
      attributes_.label_smoothing == 0.0 ? costs : chain(rule_.where(), 1.0 - attributes_.label_smoothing, costs);
  const Var by_weight = has_weights() ? chain(rule_.where(), reshape(rule_.input(2), {-1, 1}), slope) : slope;
  return chain(rule_.where(), for_each(rule_.dy()), by_weight);
}

Var ClassLossRule::if_counted(const Var& x) const {
  return has_labels() ? where(record_alike(label_counts_op()), x, 0) : x;
}

Var ClassLossRule::record_alike(const Op& op, const Var* last) const {
  std::array<Var, 4> vars;
  std::size_t size = 0;
  while (size < count_) {
    vars[size] = rule_.input(size);
    ++size;
  }
  if (last != nullptr) vars[size++] = *last;
  const Operand a{vars[0]}, b{vars[1]}, c{vars[2]}, d{vars[3]};
  const Operand* const operands[] = {&a, &b, &c, &d};
  return record(op, std::span(operands, size), rule_.words(), rule_.where());
}

Var ClassLossRule::weighted(const Var& x) const { return has_weights() ? x * reshape(rule_.input(2), {-1, 1}) : x; }

}  // namespace capstan
