#include <capstan/graph/error.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/reductions.hpp>

#include "reduction.hpp"

namespace capstan {

namespace {

/// The largest or smallest elements. The gradient goes to the elements that equal the chosen one, in equal shares.
class Choice final : public Reduction {
 public:
  using Reduction::Reduction;

  ArrayType infer(const Signature& s) const override {
    const ArrayType type = Reduction::infer(s);
    if (type.shape.elements() != 0 && reduced_count(s.shape(0), s.words()) == 0) {
      throw ShapeError{s.message("there must be an element to choose from", {"x"})};
    }
    return type;
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var chosen = equal(rule.x(), aligned(rule, rule.y()));
    const Var count = sum_to(chosen, kept_shape(rule.x().shape(), rule.words()));
    dx[0] = chosen * (aligned(rule, rule.dy()) / count);
  }
};

constexpr Choice max_op{"max", kernels::Fold::max};
constexpr Choice min_op{"min", kernels::Fold::min};

}  // namespace

Var max(const Operand& x, const ReduceOptions& options, std::source_location where) {
  return record_reduction(max_op, x, options, where);
}

Var min(const Operand& x, const ReduceOptions& options, std::source_location where) {
  return record_reduction(min_op, x, options, where);
}

}  // namespace capstan
