#include <algorithm>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>

#include "along_axis.hpp"
#include "class_loss_rule.hpp"
#include "softmax.hpp"

namespace capstan {

namespace {

/// Its operands are those of the loss, and dy last.
class CrossEntropyGradient final : public Op {
 public:
  std::string_view name() const noexcept override { return "cross_entropy_gradient"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(0)}; }

  /// Labels as numbers, and dy of every example.
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array&, std::span<const Word>, int) const override {
    return multiply_sizes(static_cast<std::size_t>(inputs[0].shape[1]), 2 * size_of(inputs[0].dtype));
  }

  void forward(const Forward& f) const override {
    with_softmax_loops(f.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      const auto attributes = f.attributes<ClassLossAttributes>();
      const std::int64_t classes = f.output.shape[0], m = f.output.shape[1];
      T* const labels = static_cast<T*>(f.scratch);
      const ReadyTargets<T> ready = ready_targets<T>(name(), "logits", f, f.inputs.first(f.inputs.size() - 1), labels);
      const T* dy = f.inputs.back().as<T>();
      if (!attributes.is(Reduction::none)) {
        const T all = attributes.is(Reduction::mean) ? *dy / ready.counted : *dy;
        std::fill_n(labels + m, m, all);
        dy = labels + m;
      }
      for_parts({1, classes, m, m}, f.threads, [&](const auto& part) {
        loops.cross_entropy_gradient(part.groups, f.inputs[0].as<T>() + part.element, ready.targets.from(part.group),
                                     dy + part.group, f.output.as<T>() + part.element);
      });
    });
  }

  /// With p = softmax(z), S = Σ target and the gradient u of the result: that of dy is Σ u · (p · S − target), and that
  /// of z is what softmax makes of u · dy · S.
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::size_t last = rule.size() - 1;
    const ClassLossRule loss{rule, last};
    const Var u = rule.dy(), p = softmax(loss.scores()), targets = loss.targets();
    const Var total = sum(targets, {.axis = 0, .keepdims = true});
    if (rule.needs(last)) dx[last] = loss.for_each(u * (total * p - targets));
    if (rule.needs(0)) {
      const Var inner = u * (loss.for_each(rule.input(last)) * total);
      dx[0] = softmax_gradient(p, inner, 0, rule.where());
    }
  }
};

constexpr CrossEntropyGradient cross_entropy_gradient;

}  // namespace

const Op& cross_entropy_gradient_op() noexcept { return cross_entropy_gradient; }

}  // namespace capstan
