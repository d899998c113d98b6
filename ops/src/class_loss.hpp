// Functions that the losses over classes share: their options as attributes, the checks of their operands, and the
// conversion of labels for the kernels. Operand 0 is the scores, which are logits or probabilities (classes, m),
// operand 1 the target, and operand 2, if there is one, the weights of the classes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/tensor/engine.hpp>

namespace capstan {

struct ClassLossAttributes {
  std::int64_t reduction;
  std::int64_t ignore_index;
  double label_smoothing;

  bool is(Reduction r) const noexcept { return reduction == static_cast<std::int64_t>(r); }
};

/// Adds the options of a loss with these words, by the names of CrossEntropyOptions.
void describe_class_loss(Description& d, std::span<const Word> words);

/// Checks the operands of a loss over classes, which are the first `count` of the inputs. Errors call operand 0 by the
/// name `scores`.
void check_class_operands(const Signature& s, std::size_t count, std::string_view scores);

/// The targets in the form that kernels take, and the divisor of the mean: the number of examples, or the sum of the
/// weights of the labels that are not ignored. The divisor is infinite where that is 0, so that the mean is 0 and NaN
/// stays NaN.
template <class T>
struct ReadyTargets {
  kernels::Targets<T> targets;
  T counted;
};

/// Writes the labels to `labels`, which has room for m, as numbers, with −1 for those that are ignored. IndexError for
/// a label out of range, with the names of the op and of operand 0.
template <class T>
ReadyTargets<T> ready_targets(std::string_view op, std::string_view scores, const CallArguments& call,
                              std::span<const Array> operands, T* labels);

/// Records the loss `op` with its options and with `last` as the last operand, if there is one. ValueError for options
/// out of range; otherwise as the op.
Var record_class_loss(const Op& op, const Named& scores, const Operand& target, const CrossEntropyOptions& options,
                      std::source_location where, const Operand* last = nullptr);

}  // namespace capstan
