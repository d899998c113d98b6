#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/losses.hpp>

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
  void forward(const Forward& f) const override {
    run(f, [](const auto& loops) { return loops.categorical_cross_entropy; });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const ClassLossRule loss{rule, rule.size()};
    const Var p = loss.scores();
    if (rule.needs(0)) dx[0] = -(loss.for_each(rule.dy()) * (loss.targets() / maximum(p, 1e-12)));
    if (rule.needs(1)) dx[1] = loss.target_gradient(-elementwise::apply<elementwise::CutLog>(rule.where(), p));
  }
};

const CategoricalCrossEntropy categorical_cross_entropy_op;

}  // namespace

Var categorical_cross_entropy(const Operand& probabilities, const Operand& target, const CrossEntropyOptions& options,
                              std::source_location where) {
  const Composite whole{"categorical_cross_entropy", {&probabilities, &target}, where};
  if (const auto logits = logits_of_softmax(probabilities)) return cross_entropy(*logits, target, options, where);
  return record_class_loss(categorical_cross_entropy_op, {"probabilities", probabilities}, target, options, where);
}

}  // namespace capstan
