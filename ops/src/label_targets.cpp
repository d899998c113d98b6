// The targets that labels stand for, as arrays on the tape: needed to differentiate a gradient with labels again.
#include <capstan/tensor/visit_dtype.hpp>

#include "class_loss_rule.hpp"

namespace capstan {

namespace {

class LabelTargets final : public Op {
 public:
  std::string_view name() const noexcept override { return "label_targets"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(0)}; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array&, std::span<const Word>, int) const override {
    return multiply_sizes(static_cast<std::size_t>(inputs[0].shape[1]), size_of(inputs[0].dtype));
  }
  void forward(const Forward& f) const override {
    visit_floating(f.output.dtype, [&]<class T>(T) { write<T>(f); });
  }

 private:
  template <class T>
  void write(const Forward& f) const {
    auto* const labels = static_cast<T*>(f.scratch);
    const kernels::Targets<T> targets = ready_targets<T>(name(), "scores", f, f.inputs, labels).targets;
    const std::int64_t classes = f.output.shape[0], m = f.output.shape[1];
    T* const out = f.output.as<T>();
    for (std::int64_t k = 0; k < classes; ++k) {
      const T weight = targets.weights == nullptr ? T(1) : targets.weights[k];
      for (std::int64_t i = 0; i < m; ++i) {
        const bool is_label = labels[i] == static_cast<T>(k);
        out[k * m + i] = labels[i] < T(0) ? T(0) : weight * (targets.off + (is_label ? targets.on : T(0)));
      }
    }
  }
};

class LabelCounts final : public Op {
 public:
  std::string_view name() const noexcept override { return "label_counts"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(1)}; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array&, std::span<const Word>, int) const override {
    return static_cast<std::size_t>(inputs[0].shape[1]) * size_of(inputs[0].dtype);
  }
  void forward(const Forward& f) const override {
    visit_floating(f.output.dtype, [&]<class T>(T) {
      auto* const labels = static_cast<T*>(f.scratch);
      (void)ready_targets<T>(name(), "scores", f, f.inputs, labels);
      const std::int64_t m = f.output.shape[0];
      for (std::int64_t i = 0; i < m; ++i) f.output.as<T>()[i] = labels[i] < T(0) ? T(0) : T(1);
    });
  }
};

class CountedWeight final : public Op {
 public:
  std::string_view name() const noexcept override { return "counted_weight"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), Shape{}}; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array&, std::span<const Word>, int) const override {
    return multiply_sizes(static_cast<std::size_t>(inputs[0].shape[1]), size_of(inputs[0].dtype));
  }
  void forward(const Forward& f) const override {
    visit_floating(f.output.dtype, [&]<class T>(T) {
      *f.output.as<T>() = ready_targets<T>(name(), "scores", f, f.inputs, static_cast<T*>(f.scratch)).counted;
    });
  }
};

constexpr LabelTargets label_targets;
constexpr LabelCounts label_counts;
constexpr CountedWeight counted_weight;

}  // namespace

const Op& label_targets_op() noexcept { return label_targets; }
const Op& label_counts_op() noexcept { return label_counts; }
const Op& counted_weight_op() noexcept { return counted_weight; }

}  // namespace capstan
