#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/elementwise.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>

#include "along_axis.hpp"
#include "elementwise/chain.hpp"

namespace capstan {

namespace {

/// x − log Σ exp(x) along an axis. The word of a node is the axis as the user wrote it.
class LogSoftmax final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "log_softmax"; }
  ArrayType infer(const Signature& s) const override { return {check_along_axis(s, s.words()[0]), s.shape(0)}; }
  void run(const CallArguments& call) const override {
    const kernels::Groups groups = groups_of(call.output.shape, call.words[0]);
    with_softmax_loops(call.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      for_parts(groups, call.threads, [&](const auto& part) {
        loops.log_softmax(part.groups, call.inputs[0].as<T>() + part.element, call.output.as<T>() + part.element);
      });
    });
  }

  /// Computes softmax(x) as exp(y).
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const auto axis = static_cast<std::int64_t>(rule.words()[0]);
    const Var total = sum(rule.dy(), {.axis = axis, .keepdims = true});
    dx[0] = rule.dy() - elementwise::chain(rule.where(), total, exp(rule.y()));
  }

  void describe(Description& d, std::span<const Word> words) const override {
    d.add("axis", static_cast<std::int64_t>(words[0]));
  }
};

constexpr LogSoftmax log_softmax_op;

}  // namespace

Var log_softmax(const Operand& x, const SoftmaxOptions& options, std::source_location where) {
  const auto axis = static_cast<Word>(options.axis);
  return record(log_softmax_op, {&x}, {&axis, 1}, where);
}

}  // namespace capstan
