#include <capstan/ops/losses.hpp>
#include <capstan/ops/softmax.hpp>

#include "class_loss_op.hpp"
#include "class_loss_rule.hpp"
#include "elementwise/cut_log.hpp"
#include "softmax.hpp"

namespace capstan {

namespace {

class CategoricalCrossEntropy final : public ClassLoss {
 public:
  std::string_view name() const noexcept override { return "categorical_cross_entropy"; }
  std::string_view scores() const noexcept override { return "probabilities"; }
  void run(const CallArguments& call) const override {
    run_loops(call, [](const auto& loops) { return loops.categorical_cross_entropy; });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const ClassLossRule loss{rule, rule.size()};
    const Var p = loss.scores();
    if (rule.needs(0)) dx[0] = loss.probabilities_gradient(p);
    if (rule.needs(1)) dx[1] = loss.target_gradient(-elementwise::apply<elementwise::CutLog>(rule.where(), p));
  }
};

/// The loss of p = softmax(z), computed from z. The operands are those of cross_entropy, followed by p. The loss
/// depends on z through p alone, so there is only one gradient to give: the rule gives it to z if the gradient of z is
/// needed, since the slope of the softmax cancels there, and otherwise to p.
class CategoricalCrossEntropyOfSoftmax final : public ClassLoss {
 public:
  std::string_view name() const noexcept override { return "categorical_cross_entropy_of_softmax"; }
  std::string_view scores() const noexcept override { return "logits"; }
  std::size_t operands(std::size_t inputs) const noexcept override { return inputs - 1; }
  void run(const CallArguments& call) const override {
    run_loops(call, [](const auto& loops) { return loops.cross_entropy; });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::size_t last = operands(rule.size());
    const ClassLossRule loss{rule, last};
    const Var p = rule.input(last);
    if (rule.needs(0)) {
      dx[0] = loss.has_labels() ? loss.record_alike(cross_entropy_gradient_op(), &rule.dy()) : loss.logits_gradient(p);
    } else if (rule.needs(last)) {
      dx[last] = loss.probabilities_gradient(p);
    }
    if (rule.needs(1)) dx[1] = loss.target_gradient(-log_softmax(loss.scores()));
  }
};

constexpr CategoricalCrossEntropy categorical_cross_entropy_op;
constexpr CategoricalCrossEntropyOfSoftmax categorical_cross_entropy_of_softmax_op;

}  // namespace

Var categorical_cross_entropy(const Operand& probabilities, const Operand& target, const CrossEntropyOptions& options,
                              std::source_location where) {
  const Composite whole{"categorical_cross_entropy", {&probabilities, &target}, where};
  if (const auto logits = logits_of_softmax(probabilities)) {
    const Operand z{*logits};
    return record_class_loss(categorical_cross_entropy_of_softmax_op, {"logits", z}, target, options, where,
                             &probabilities);
  }
  return record_class_loss(categorical_cross_entropy_op, {"probabilities", probabilities}, target, options, where);
}

}  // namespace capstan
