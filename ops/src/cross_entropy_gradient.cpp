#include <algorithm>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>

#include "along_axis.hpp"
#include "class_loss_rule.hpp"
#include "elementwise/chain.hpp"
#include "softmax.hpp"

namespace capstan {

namespace {

/// The gradient of the logits. The operands are those of the loss, followed by dy.
class CrossEntropyGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "cross_entropy_gradient"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(0)}; }

  /// Scratch for the labels as numbers, and for dy of every example.
  Call made(const Types& types, std::span<const Word>) const override {
    return {.scratch_bytes = multiply_sizes(static_cast<std::size_t>(types.shape(0)[1]), 2 * size_of(types.dtype(0)))};
  }

  void run(const CallArguments& call) const override {
    with_softmax_loops(call.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      const auto attributes = call.attributes<ClassLossAttributes>();
      const std::int64_t classes = call.output.shape[0], m = call.output.shape[1];
      T* const labels = static_cast<T*>(call.scratch);
      const ReadyTargets<T> ready =
          ready_targets<T>(name(), "logits", call, call.inputs.first(call.inputs.size() - 1), labels);
      const T* dy = call.inputs.back().as<T>();
      if (!attributes.is(Reduction::none)) {
        const T all = attributes.is(Reduction::mean) ? *dy / ready.counted : *dy;
        std::fill_n(labels + m, m, all);
        dy = labels + m;
      }
      for_parts({1, classes, m, m}, call.threads, [&](const auto& part) {
        loops.cross_entropy_gradient(part.groups, call.inputs[0].as<T>() + part.element, ready.targets.from(part.group),
                                     dy + part.group, call.output.as<T>() + part.element);
      });
    });
  }

  /// With p = softmax(z), S = Σ target and the gradient u of the result: the gradient of dy is Σ u · (p · S − target),
  /// and the gradient of z is what the rule of softmax computes from u · dy · S.
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::size_t last = rule.size() - 1;
    const ClassLossRule loss{rule, last};
    const Var u = rule.dy(), p = loss.if_counted(softmax(loss.scores())), targets = loss.targets();
    const Var total = sum(targets, {.axis = 0, .keepdims = true});
    if (rule.needs(last)) dx[last] = loss.for_each(elementwise::chain(rule.where(), u, total * p - targets));
    if (rule.needs(0)) {
      const Var both = elementwise::chain_both(rule.where(), u, loss.for_each(rule.input(last)));
      const Var inner = elementwise::chain(rule.where(), both, total);
      dx[0] = softmax_gradient(p, inner, 0, rule.where());
    }
  }

  void describe(Description& d, std::span<const Word> words) const override { describe_class_loss(d, words); }
};

constexpr CrossEntropyGradient cross_entropy_gradient;

}  // namespace

const Op& cross_entropy_gradient_op() noexcept { return cross_entropy_gradient; }

}  // namespace capstan
