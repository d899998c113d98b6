// What the losses over classes share: their options as attributes, the rules for their operands, and labels made ready
// for the kernels. Operand 0 is the scores – logits or probabilities, (classes, m) –, operand 1 the target, operand 2, if
// there is one, the weights of the classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/ops/losses.hpp>

namespace capstan {

struct ClassLossAttributes {
  std::int64_t reduction;
  std::int64_t ignore_index;
  double label_smoothing;

  bool is(Reduction r) const noexcept { return reduction == static_cast<std::int64_t>(r); }
};

/// Throws what the losses over classes throw for their operands, which are the first `count` of the inputs; texts call
/// operand 0 `scores`.
void check_class_operands(const Signature& s, std::size_t count, std::string_view scores);

/// Targets as kernels take them, and what the mean divides by: the number of examples, or the sum of the weights of the
/// labels that are not ignored. Infinity where that is 0, so that the mean of nothing counted is 0 and NaN stays NaN.
template <class T>
struct ReadyTargets {
  kernels::Targets<T> targets;
  T counted;
};

/// Labels are written to `labels`, which has room for m, as numbers, −1 for those that are ignored. IndexError for a
/// label out of range; its text calls the op and operand 0 by the names given.
template <class T>
ReadyTargets<T> ready_targets(std::string_view op, std::string_view scores, const CallArguments& call,
                              std::span<const Array> operands, T* labels);

/// Records the loss that `op` names, of all options, with `last` behind its operands if there is one. ValueError and
/// whatever the op throws.
Var record_class_loss(const Op& op, const Named& scores, const Operand& target, const CrossEntropyOptions& options,
                      std::source_location where, const Operand* last = nullptr);

}  // namespace capstan
