#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "reduction.hpp"

namespace capstan {

namespace {

class Mean final : public Reduction {
 public:
  constexpr Mean() noexcept : Reduction{"mean", kernels::Fold::sum, true} {}
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    dx[0] = spread(rule, rule.dy() / reduced_count(rule.x().shape(), rule.words()));
  }
};

constexpr Mean mean_op;

}  // namespace

Var mean(const Operand& x, const ReduceOptions& options, std::source_location where) {
  return record_reduction(mean_op, x, options, where);
}

}  // namespace capstan
