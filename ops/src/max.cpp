#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/compare.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "elementwise/choice_gradient.hpp"
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
      throw ShapeError{s.message("the reduced axes must have at least one element, got extent 0", {"x"})};
    }
    return type;
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const Var y = aligned(rule, rule.y());
    const Var count = sum_to(equal(rule.x(), y), kept_shape(rule.x().shape(), rule.words()));
    const Var share = elementwise::chain_quotient(rule.where(), aligned(rule, rule.dy()), count);
    dx[0] = elementwise::apply<elementwise::ChoiceGradient>(rule.where(), share, rule.x(), y);
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
