// Reduction: what sum, mean, max and min share – attributes, shape rule and the way to the kernel.
//
// Its words are keepdims, then the axes as the user wrote them (none: all of them).
#pragma once

#include <cstdint>
#include <optional>
#include <source_location>

#include <capstan/graph/op.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/ops/reductions.hpp>

#include "kernels/reduce.hpp"

namespace capstan {

class Reduction : public Op {
 public:
  ArrayType infer(const Signature& signature) const override;
  bool accepts(std::size_t, const Array&) const override { return true; }
  std::size_t scratch_bytes(std::span<const Array> inputs, const Array& output,
                            std::span<const Word> words) const override;
};

/// Records a reduction. ValueError for both axis and axes.
Var record_reduction(const Op& op, const Operand& x, const ReduceOptions& options, std::source_location where);

/// Computes f's output: the fold along f's axes or, where `mean`, the fold divided by how many elements it is of.
void run_reduction(const Forward& f, kernels::Fold fold, bool mean);

/// The shape of a reduction's output.
Shape reduced_shape(const Shape& x, std::span<const Word> words);

/// x's shape with extent 1 along the axes of a reduction.
Shape kept_shape(const Shape& x, std::span<const Word> words);

/// How many elements of x make one of the reduction's.
std::int64_t reduced_count(const Shape& x, std::span<const Word> words);

/// A reduction's output, or its gradient, in a shape that broadcasts to x's: extents of 1 are put back where the axes
/// that were left out do not all stand in front.
Var aligned(const Rule& rule, const Var& reduced);

}  // namespace capstan
