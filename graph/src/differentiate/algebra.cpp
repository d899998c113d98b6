#include <capstan/graph/algebra.hpp>

#include <optional>

#include <fmt/format.h>

#include <capstan/graph/broadcasting.hpp>
#include <capstan/graph/extents.hpp>
#include <capstan/kernels/elementwise/add.hpp>
#include <capstan/kernels/elementwise/elementwise.hpp>
#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

namespace {

class Addition final : public OpOf<Elementwise> {
 public:
  constexpr Addition() noexcept : OpOf{Recompute::cheap} {}
  std::string_view name() const noexcept override { return kernels::Add::name; }
  ArrayType infer(const Signature& s) const override { return infer_broadcast(s, {"a", "b"}, kernels::Add::integers); }
  Elementwise made(const Types& types, std::span<const Word>) const override {
    return {kernels::elementwise_kernel<kernels::Add>(types.output.dtype)};
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
class SumTo final : public OpOf<Fold> {
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

  Fold made(const Types& types, std::span<const Word>) const override {
    return {.kernels = &kernels::fold_kernels(kernels::Fold::sum, types.output.dtype),
            .axes = repeated_axes(types.shape(0), *types.output.shape)};
  }

  /// Returns dy, which the engine broadcasts to x's shape.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }

  void describe(Description& d, std::span<const Word> words) const override { d.add("shape", words); }
};

/// A view with strides of 0. The words of a node are the extents of the result.
class BroadcastTo final : public OpOf<View> {
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

  View made(const Types&, std::span<const Word>) const override { return {&repeated}; }

  /// Returns dy, which the engine sums over the repeated axes.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }

  void describe(Description& d, std::span<const Word> words) const override { d.add("shape", words); }

 private:
  static std::optional<Layout> repeated(const Layout& x, const Shape& y, std::span<const Word>) {
    Layout lies{x.offset, y, Strides(y.rank(), 0)};
    const std::size_t lead = y.rank() - x.shape.rank();
    for (std::size_t i = 0; i < x.shape.rank(); ++i) {
      if (x.shape[i] == y[lead + i]) lies.strides[lead + i] = x.strides[i];
    }
    return lies;
  }
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
