// The targets that labels stand for, as arrays on the tape: needed to differentiate a gradient with labels again.
#include <capstan/tensor/visit_dtype.hpp>

#include "class_loss_rule.hpp"

namespace capstan {

namespace {

/// Bytes of the labels as numbers.
std::size_t label_bytes(const Types& types) {
  return multiply_sizes(static_cast<std::size_t>(types.shape(0)[1]), size_of(types.dtype(0)));
}

class LabelTargets final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "label_targets"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(0)}; }
  Call made(const Types& types, std::span<const Word>) const override { return {.scratch_bytes = label_bytes(types)}; }
  void describe(Description& d, std::span<const Word> words) const override { describe_class_loss(d, words); }
  void run(const CallArguments& call) const override {
    visit_floating(call.output.dtype, [&]<class T>(T) { write<T>(call); });
  }

 private:
  template <class T>
  void write(const CallArguments& call) const {
    auto* const labels = static_cast<T*>(call.scratch);
    const kernels::Targets<T> targets = ready_targets<T>(name(), "scores", call, call.inputs, labels).targets;
    const std::int64_t classes = call.output.shape[0], m = call.output.shape[1];
    T* const out = call.output.as<T>();
    for (std::int64_t k = 0; k < classes; ++k) {
      const T weight = targets.weights == nullptr ? T(1) : targets.weights[k];
      for (std::int64_t i = 0; i < m; ++i) {
        const bool is_label = labels[i] == static_cast<T>(k);
        out[k * m + i] = labels[i] < T(0) ? T(0) : weight * (targets.off + (is_label ? targets.on : T(0)));
      }
    }
  }
};

class LabelCounts final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "label_counts"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), s.shape(1)}; }
  Call made(const Types& types, std::span<const Word>) const override { return {.scratch_bytes = label_bytes(types)}; }
  void describe(Description& d, std::span<const Word> words) const override { describe_class_loss(d, words); }
  void run(const CallArguments& call) const override {
    visit_floating(call.output.dtype, [&]<class T>(T) {
      auto* const labels = static_cast<T*>(call.scratch);
      (void)ready_targets<T>(name(), "scores", call, call.inputs, labels);
      const std::int64_t m = call.output.shape[0];
      for (std::int64_t i = 0; i < m; ++i) call.output.as<T>()[i] = labels[i] < T(0) ? T(0) : T(1);
    });
  }
};

class CountedWeight final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "counted_weight"; }
  ArrayType infer(const Signature& s) const override { return {s.dtype(0), Shape{}}; }
  Call made(const Types& types, std::span<const Word>) const override { return {.scratch_bytes = label_bytes(types)}; }
  void describe(Description& d, std::span<const Word> words) const override { describe_class_loss(d, words); }
  void run(const CallArguments& call) const override {
    visit_floating(call.output.dtype, [&]<class T>(T) {
      *call.output.as<T>() =
          ready_targets<T>(name(), "scores", call, call.inputs, static_cast<T*>(call.scratch)).counted;
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
