// ClassLoss: a loss over classes as an op – its shape rule and the call of its kernel.
#pragma once

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/sizes.hpp>

#include "along_axis.hpp"
#include "class_loss.hpp"

namespace capstan {

class ClassLoss : public Op {
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
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array&, std::span<const Word>, int) const override {
    return multiply_sizes(static_cast<std::size_t>(inputs[0].shape[1]), 2 * size_of(inputs[0].dtype));
  }

 protected:
  /// Runs the kernel that choose(loops) picks.
  template <class F>
  void run(const Forward& f, F choose) const {
    with_softmax_loops(f.inputs[0].dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      const Array& scores = f.inputs[0];
      const auto attributes = f.attributes<ClassLossAttributes>();
      const std::int64_t m = scores.shape[1];
      T* const labels = static_cast<T*>(f.scratch);
      T* const losses = attributes.is(Reduction::none) ? f.output.as<T>() : labels + m;
      const ReadyTargets<T> ready =
          ready_targets<T>(name(), this->scores(), f, f.inputs.first(operands(f.inputs.size())), labels);
      for_parts({1, scores.shape[0], m, m}, f.threads, [&](const auto& part) {
        choose(loops)(part.groups, scores.as<T>() + part.element, ready.targets.from(part.group), losses + part.group);
      });
      if (attributes.is(Reduction::none)) return;
      const Array all{losses, scores.dtype, Shape{m}, Strides{1}};
      const double divisor = attributes.is(Reduction::mean) ? static_cast<double>(ready.counted) : 1.0;
      kernels::reduce({&kernels::fold_kernels(kernels::Fold::sum, scores.dtype), 1, divisor}, all, f.output, nullptr);
    });
  }
};

}  // namespace capstan
