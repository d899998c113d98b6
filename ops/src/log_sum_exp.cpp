#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/ops/views.hpp>

#include "along_axis.hpp"
#include "elementwise/chain.hpp"
#include "reduction.hpp"

namespace capstan {

namespace {

/// log Σ exp(x) along an axis. The words of a node are those of a reduction along one axis: keepdims, then the axis as
/// the user wrote it.
class LogSumExp final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "log_sum_exp"; }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = check_along_axis(s, s.words()[1]);
    return {dtype, reduced_shape(s.shape(0), s.words())};
  }

  void run(const CallArguments& call) const override {
    const kernels::Groups groups = groups_of(call.inputs[0].shape, call.words[1]);
    with_softmax_loops(call.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      for_parts(groups, call.threads, [&](const auto& part) {
        loops.log_sum_exp(part.groups, call.inputs[0].as<T>() + part.element, call.output.as<T>() + part.group);
      });
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var weights = softmax(rule.x(), {.axis = static_cast<std::int64_t>(rule.words()[1])});
    dx[0] = elementwise::chain(rule.where(), aligned(rule, rule.dy()), weights);
  }

  void describe(Description& d, std::span<const Word> words) const override {
    d.add("axis", static_cast<std::int64_t>(words[1]));
    d.add("keepdims", words[0] != 0);
  }
};

constexpr LogSumExp log_sum_exp_op;

}  // namespace

Var log_sum_exp(const Operand& x, const LogSumExpOptions& options, std::source_location where) {
  const Word words[] = {options.keepdims ? 1u : 0u, static_cast<Word>(options.axis)};
  return record(log_sum_exp_op, {&x}, words, where);
}

}  // namespace capstan
