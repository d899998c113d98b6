#include <capstan/graph/algebra.hpp>

#include <optional>

#include <fmt/format.h>

#include <capstan/graph/broadcasting.hpp>
#include <capstan/graph/extents.hpp>
#include <capstan/graph/fold_op.hpp>
#include <capstan/kernels/elementwise/add.hpp>
#include <capstan/kernels/elementwise/elementwise.hpp>
#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

namespace {

class Addition final : public Op {
 public:
  std::string_view name() const noexcept override { return kernels::Add::name; }
  ArrayType infer(const Signature& s) const override { return infer_broadcast(s, {"a", "b"}, kernels::Add::integers); }
  Recompute recompute() const noexcept override { return Recompute::cheap; }
  ElementwiseKernel elementwise(DType dtype) const noexcept override {
    return kernels::elementwise_kernel<kernels::Add>(dtype);
  }
  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (rule.needs(0)) dx[0] = rule.dy();
    if (rule.needs(1)) dx[1] = rule.dy();
  }
};

/// A bit for each axis of x that `shape` lacks, or has with the extent 1 while x has another.
std::uint32_t repeated_axes(const Shape& x, const Shape& shape) {
  const std::size_t lead = x.rank() - shape.rank();
  std::uint32_t mask = 0;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if (i < lead || shape[i - lead] != x[i]) mask |= 1u << i;
  }
  return mask;
}

/// Sums x over repeated axes. The words of a node are the extents of the result.
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

  /// Returns dy, which the engine broadcasts to x's shape.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }
};

/// A view with strides of 0. The words of a node are the extents of the result.
class BroadcastTo final : public Op {
 public:
  std::string_view name() const noexcept override { return "broadcast_to"; }

  ArrayType infer(const Signature& s) const override {
    const Shape shape = shape_of(s.words());
    Shape both;
    if (!broadcast(s.shape(0), shape, both) || both != shape) {
      throw ShapeError{s.message(fmt::format("shape {} does not broadcast to {}", s.shape(0), shape), {"x"})};
    }
    return {s.dtype(0), shape};
  }

  bool is_view() const noexcept override { return true; }
  std::optional<Layout> view(const Layout& x, const Shape& result, std::span<const Word>) const override {
    Layout y{x.offset, result, Strides(result.rank(), 0)};
    const std::size_t lead = result.rank() - x.shape.rank();
    for (std::size_t i = 0; i < x.shape.rank(); ++i) {
      if (x.shape[i] == result[lead + i]) y.strides[lead + i] = x.strides[i];
    }
    return y;
  }

  /// Returns dy, which the engine sums over the repeated axes.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }
};

constexpr Addition addition_op;
constexpr SumTo sum_to_op;
constexpr BroadcastTo broadcast_to_op;

}  // namespace

const Op& addition() noexcept { return addition_op; }

Var record_sum_to(const Operand& x, const Shape& shape, std::source_location where) {
  return record(sum_to_op, {&x}, words_of(shape), where);
}

Var record_broadcast_to(const Operand& x, const Shape& shape, std::source_location where) {
  return record(broadcast_to_op, {&x}, words_of(shape), where);
}

}  // namespace capstan
