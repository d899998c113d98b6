// ClassLoss: a loss over classes as an op – its shape rule and the call of its kernel.
#pragma once

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/sizes.hpp>

#include "along_axis.hpp"
#include "class_loss.hpp"

namespace capstan {

class ClassLoss : public CallOp {
 public:
  /// The name of operand 0 in errors.
  virtual std::string_view scores() const noexcept = 0;
  /// The number of inputs that are the loss's operands. An input after them serves the gradient.
  virtual std::size_t operands(std::size_t inputs) const noexcept { return inputs; }

  ArrayType infer(const Signature& s) const override {
    check_class_operands(s, operands(s.size()), scores());
    const bool each = s.attributes<ClassLossAttributes>().is(Reduction::none);
    return {s.dtype(0), each ? Shape{s.shape(0)[1]} : Shape{}};
  }

  /// Scratch for the labels as numbers, and for the losses before they are summed.
  Call made(const Types& types, std::span<const Word>) const override {
    return {.scratch_bytes = multiply_sizes(static_cast<std::size_t>(types.shape(0)[1]), 2 * size_of(types.dtype(0)))};
  }

  void describe(Description& d, std::span<const Word> words) const override { describe_class_loss(d, words); }

 protected:
  /// Runs the kernel that choose(loops) picks.
  template <class F>
  void run_loops(const CallArguments& call, F choose) const {
    with_softmax_loops(call.inputs[0].dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      const Array& scores = call.inputs[0];
      const auto attributes = call.attributes<ClassLossAttributes>();
      const std::int64_t m = scores.shape[1];
      T* const labels = static_cast<T*>(call.scratch);
      T* const losses = attributes.is(Reduction::none) ? call.output.as<T>() : labels + m;
      const ReadyTargets<T> ready =
          ready_targets<T>(name(), this->scores(), call, call.inputs.first(operands(call.inputs.size())), labels);
      for_parts({1, scores.shape[0], m, m}, call.threads, [&](const auto& part) {
        choose(loops)(part.groups, scores.as<T>() + part.element, ready.targets.from(part.group), losses + part.group);
      });
      if (attributes.is(Reduction::none)) return;
      const Array all{losses, scores.dtype, Shape{m}, Strides{1}};
      const double divisor = attributes.is(Reduction::mean) ? static_cast<double>(ready.counted) : 1.0;
      kernels::reduce({&kernels::fold_kernels(kernels::Fold::sum, scores.dtype), 1, divisor}, all, call.output,
                      nullptr);
    });
  }
};

}  // namespace capstan
