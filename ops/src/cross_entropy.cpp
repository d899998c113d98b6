#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/softmax.hpp>

#include "class_loss_op.hpp"
#include "class_loss_rule.hpp"

namespace capstan {

namespace {

class CrossEntropy final : public ClassLoss {
 public:
  std::string_view name() const noexcept override { return "cross_entropy"; }
  std::string_view scores() const noexcept override { return "logits"; }
  void run(const CallArguments& call) const override {
    run_loops(call, [](const auto& loops) { return loops.cross_entropy; });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const ClassLossRule loss{rule, rule.size()};
    if (rule.needs(0)) {
      dx[0] = loss.has_labels() ? loss.record_alike(cross_entropy_gradient_op(), &rule.dy())
                                : loss.logits_gradient(softmax(loss.scores()));
    }
    if (rule.needs(1)) dx[1] = loss.target_gradient(-log_softmax(loss.scores()));
  }
};

constexpr CrossEntropy cross_entropy_op;

}  // namespace

Var cross_entropy(const Operand& logits, const Operand& target, const CrossEntropyOptions& options,
                  std::source_location where) {
  const Composite whole{"cross_entropy", {&logits, &target}, where};
  return record_class_loss(cross_entropy_op, {"logits", logits}, target, options, where);
}

}  // namespace capstan
