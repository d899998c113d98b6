#include <capstan/ops/reductions.hpp>

#include "reduction.hpp"

namespace capstan {

namespace {

class Sum final : public Reduction {
 public:
  constexpr Sum() noexcept : Reduction{"sum", kernels::Fold::sum} {}
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = spread(rule, rule.dy()); }
};

constexpr Sum sum_op;

}  // namespace

Var sum(const Operand& x, const ReduceOptions& options, std::source_location where) {
  return record_reduction(sum_op, x, options, where);
}

}  // namespace capstan
