#include <fmt/format.h>
#include <boost/container/static_vector.hpp>

#include <capstan/graph/error.hpp>
#include <capstan/graph/format.hpp>
#include <capstan/ops/reductions.hpp>

#include "extents.hpp"
#include "kernels/reduce.hpp"

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
class SumTo final : public Op {
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

  bool accepts(std::size_t, const Array&) const override { return true; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array& output, std::span<const Word>) const override {
    return kernels::reduce_scratch(inputs[0], output);
  }
  void forward(const Forward& f) const override {
    const Array& x = f.inputs[0];
    const std::uint32_t axes = repeated_axes(x.shape, f.output.shape);
    if (x.dtype == DType::f64) {
      kernels::reduce<double>(kernels::Fold::sum, x, axes, f.output, 1.0, f.scratch);
    } else {
      kernels::reduce<float>(kernels::Fold::sum, x, axes, f.output, 1.0f, f.scratch);
    }
  }

  /// The engine broadcasts it to x's shape.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }
};

const SumTo sum_to_op;

}  // namespace

Var sum_to(const Operand& x, const Shape& shape, std::source_location where) {
  if (x.kind() == Operand::Kind::var && x.var().shape() == shape) return x.var();
  return record(sum_to_op, {&x}, words_of(shape), where);
}

}  // namespace capstan
