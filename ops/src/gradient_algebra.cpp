#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>

#include "elementwise/add.hpp"

namespace capstan {

namespace {

class Algebra final : public GradientAlgebra {
 public:
  Var add(const Var& a, const Var& b, std::source_location where) const override { return capstan::add(a, b, where); }
  const Op& addition() const noexcept override { return elementwise::op_of<elementwise::Add>(); }
  Var sum_to(const Var& x, const Shape& shape, std::source_location where) const override {
    return capstan::sum_to(x, shape, where);
  }
  Var broadcast_to(const Var& x, const Shape& shape, std::source_location where) const override {
    return capstan::broadcast_to(x, shape, where);
  }
};

constexpr Algebra algebra;

}  // namespace

const GradientAlgebra& gradient_algebra() noexcept { return algebra; }

}  // namespace capstan
