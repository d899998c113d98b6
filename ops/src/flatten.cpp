#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/images.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

namespace capstan {

// A reshape and a transpose.
Var flatten(const Operand& x, std::source_location where) {
  const Composite whole{"flatten", {&x}, where};
  const Shape shape = x.shape();
  if (shape.rank() < 2) {
    throw ShapeError{refusal("flatten", fmt::format("x must have examples and at least one more axis, got {}", shape),
                             {{"x", x}}, where)};
  }
  std::int64_t features = 1;
  for (std::size_t i = 1; i < shape.rank(); ++i) features *= shape[i];
  return transpose(reshape(x, Extents{shape[0], features}, where), where);
}

Var unflatten(const Operand& x, const Extents& extents, std::source_location where) {
  const Composite whole{"unflatten", {&x}, where};
  const Shape shape = x.shape();
  const auto refuse = [&](std::string_view rule) { throw ShapeError{refusal("unflatten", rule, {{"x", x}}, where)}; };
  if (shape.rank() != 2) refuse(fmt::format("x must be (features, examples), got {}", shape));
  if (extents.size() + 1 > max_rank) {
    refuse(fmt::format("a tensor has at most {} axes, got one for examples and {} extents", max_rank, extents.size()));
  }
  std::int64_t features = 1;
  bool fits = true;
  Strides all{shape[1]};
  for (const std::int64_t extent : extents) {
    fits = fits && extent >= 0 && !__builtin_mul_overflow(features, extent, &features);
    all.push_back(extent);
  }
  if (!fits || features != shape[0]) {
    refuse(fmt::format("({}) must have as many elements as there are features, got {}", fmt::join(extents, ", "),
                       shape[0]));
  }
  return reshape(transpose(x, where), Extents{std::span<const std::int64_t>{all.data(), all.size()}}, where);
}

}  // namespace capstan
