#include <fmt/format.h>
#include <boost/container/static_vector.hpp>

#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "extents.hpp"
#include "reduction.hpp"

namespace capstan {

namespace {

/// The axes of x that `shape` lacks or has with another extent, which is 1.
std::uint32_t repeated_axes(const Shape& x, const Shape& shape) {
  const std::size_t lead = x.rank() - shape.rank();
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (i < lead || shape[i - lead] != x[i]) mask |= 1u << i;
  }
  return mask;
}

/// Its words are the extents of the result.
class SumTo final : public FoldOp {
 public:
  std::string_view name() const noexcept override { return "sum_to"; }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({"x"});
    const Shape shape = shape_of(s.words());
    Shape both;
    if (!broadcast(shape, s.shape(0), both) || both != s.shape(0)) {
      throw ShapeError{s.message(fmt::format("shape {} does not broadcast to {}", shape, s.shape(0)), {"x"})};
    }
    return {dtype, shape};
  }

  std::optional<kernels::Folding> folding(const ArrayType& x, std::span<const Word> words) const override {
    return kernels::Folding{&kernels::fold_kernels(kernels::Fold::sum, x.dtype),
                            repeated_axes(x.shape, shape_of(words))};
  }

  /// The engine broadcasts it to x's shape.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }
};

constexpr SumTo sum_to_op;

}  // namespace

Var sum_to(const Operand& x, const Shape& shape, std::source_location where) {
  if (x.kind() == Operand::Kind::var && x.var().shape() == shape) return x.var();
  return record(sum_to_op, {&x}, words_of(shape), where);
}

}  // namespace capstan
