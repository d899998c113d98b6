#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "extents.hpp"

namespace capstan {

namespace {

/// Its words are the extents of the result.
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

  /// The engine sums it over the repeated axes.
  void gradient(const Rule& rule, std::span<Var> dx) const override { dx[0] = rule.dy(); }
};

constexpr BroadcastTo broadcast_to_op;

}  // namespace

Var broadcast_to(const Operand& x, const Shape& shape, std::source_location where) {
  return record(broadcast_to_op, {&x}, words_of(shape), where);
}

}  // namespace capstan
