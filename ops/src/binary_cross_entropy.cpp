#include <capstan/ops/losses.hpp>

#include "elementwise/binary_cross_entropy.hpp"
#include "elementwise/binary_cross_entropy_with_logits.hpp"
#include "elementwise/sigmoid.hpp"
#include "pair_loss.hpp"

namespace capstan {

namespace {

bool is_made_by_sigmoid(const Operand& p) {
  return p.kind() == Operand::Kind::var && &op_of(p.var()) == &elementwise::op_of<elementwise::Sigmoid>();
}

}  // namespace

Var binary_cross_entropy(const Operand& p, const Operand& y, const LossOptions& options, std::source_location where) {
  const Composite whole{"binary_cross_entropy", {&p, &y}, where};
  check_pair("binary_cross_entropy", {"p", p}, {"y", y}, where);
  check_probabilities("binary_cross_entropy", {"p", p}, {"y", y}, where);
  const Var losses = is_made_by_sigmoid(p) ? elementwise::apply<elementwise::BinaryCrossEntropyOfSigmoid>(
                                                 where, p, y, input_of(p.var(), 0))
                                           : elementwise::apply<elementwise::BinaryCrossEntropy>(where, p, y);
  return reduced(losses, options.reduction, where);
}

Var binary_cross_entropy_with_logits(const Operand& z, const Operand& y, const LossOptions& options,
                                     std::source_location where) {
  const Composite whole{"binary_cross_entropy_with_logits", {&z, &y}, where};
  check_pair("binary_cross_entropy_with_logits", {"z", z}, {"y", y}, where);
  check_probabilities("binary_cross_entropy_with_logits", {"z", z}, {"y", y}, where);
  const Var losses = elementwise::apply<elementwise::BinaryCrossEntropyWithLogits>(where, z, y);
  return reduced(losses, options.reduction, where);
}

}  // namespace capstan
