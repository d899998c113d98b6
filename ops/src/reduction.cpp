#include "reduction.hpp"

#include <fmt/format.h>

#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "axes.hpp"

namespace capstan {

namespace {

std::span<const Word> axes_of(std::span<const Word> words) { return words.subspan(1); }

Shape shape_without(const Shape& x, std::uint32_t mask, bool keepdims) {
  Strides extents;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if ((mask >> i & 1u) == 0) {
      extents.push_back(x[i]);
    } else if (keepdims) {
      extents.push_back(1);
    }
  }
  return Shape(extents);
}

}  // namespace

ArrayType Reduction::infer(const Signature& s) const {
  const DType dtype = s.common_dtype({"x"});
  const Shape& x = s.shape(0);
  if (const auto fault = axes_fault(axes_of(s.words()), x.rank())) throw IndexError{s.message(*fault, {"x"})};
  return {dtype, reduced_shape(x, s.words())};
}

Fold Reduction::made(const Types& types, std::span<const Word> words) const {
  const Shape& x = types.shape(0);
  return {.kernels = &kernels::fold_kernels(fold_, types.dtype(0)),
          .axes = axes_mask(axes_of(words), x.rank()),
          .divisor = mean_ ? static_cast<double>(reduced_count(x, words)) : 1.0};
}

void Reduction::describe(Description& d, std::span<const Word> words) const { describe_reduction(d, words); }

void describe_reduction(Description& d, std::span<const Word> words) {
  d.add("axes", axes_of(words));
  d.add("keepdims", words[0] != 0);
}

ReductionWords reduction_words(std::string_view name, const Operand& x, const ReduceOptions& options,
                               std::source_location where) {
  if (options.axis && !options.axes.empty()) {
    throw ValueError{refusal(name, "give axis or axes, not both", {{"x", x}}, where)};
  }
  ReductionWords words{options.keepdims ? 1u : 0u};
  if (options.axis) words.push_back(static_cast<Word>(*options.axis));
  for (const std::int64_t axis : options.axes) words.push_back(static_cast<Word>(axis));
  return words;
}

Var record_reduction(const Op& op, const Operand& x, const ReduceOptions& options, std::source_location where) {
  const ReductionWords words = reduction_words(op.name(), x, options, where);
  return record(op, {&x}, {words.data(), words.size()}, where);
}

void check_reduction(std::string_view name, const Operand& x, const ReduceOptions& options,
                     std::source_location where) {
  const ReductionWords words = reduction_words(name, x, options, where);
  if (!x.is_number() && !is_floating(x.dtype())) {
    throw DTypeError{refusal(name, fmt::format("operands must be f32 or f64, got {}", x.dtype()), {{"x", x}}, where)};
  }
  if (const auto fault = axes_fault(axes_of({words.data(), words.size()}), x.shape().rank()))
    throw IndexError{refusal(name, *fault, {{"x", x}}, where)};
}

Shape reduced_shape(const Shape& x, std::span<const Word> words) {
  return shape_without(x, axes_mask(axes_of(words), x.rank()), words[0] != 0);
}

Shape kept_shape(const Shape& x, std::span<const Word> words) {
  return shape_without(x, axes_mask(axes_of(words), x.rank()), true);
}

std::int64_t reduced_count(const Shape& x, std::span<const Word> words) {
  const std::uint32_t mask = axes_mask(axes_of(words), x.rank());
  std::int64_t count = 1;
  for (std::size_t i = 0; i < x.rank(); ++i) {
    if ((mask >> i & 1u) != 0) count *= x[i];
  }
  return count;
}

Var aligned(const Var& reduced, const Shape& x, std::span<const Word> words) {
  const std::uint32_t mask = axes_mask(axes_of(words), x.rank());
  const bool all_in_front = (mask & (mask + 1u)) == 0;
  if (all_in_front || reduced.shape().rank() == x.rank()) return reduced;
  return reshape(reduced, kept_shape(x, words));
}

Var aligned(const Rule& rule, const Var& reduced) { return aligned(reduced, rule.x().shape(), rule.words()); }

Var spread(const Rule& rule, const Var& reduced) {
  const Var kept = aligned(rule, reduced);
  const Shape& x = rule.x().shape();
  return kept.shape() == x ? kept : broadcast_to(kept, x, rule.where());
}

}  // namespace capstan
