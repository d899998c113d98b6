// Reduction: the base of sum, mean, max and min, with their attributes, shape rule and call of the kernel.
//
// The words of a node are keepdims, then the axes as the user wrote them (none: all of them).
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/fold.hpp>
#include <capstan/ops/integers.hpp>
#include <capstan/ops/reductions.hpp>

namespace capstan {

class Reduction : public OpOf<Fold> {
 public:
  /// With `mean`, the fold is divided by the number of elements that are folded.
  constexpr Reduction(std::string_view name, kernels::Fold fold, bool mean = false) noexcept
      : name_{name}, fold_{fold}, mean_{mean} {}

  std::string_view name() const noexcept override { return name_; }
  ArrayType infer(const Signature& signature) const override;
  Fold made(const Types& types, std::span<const Word> words) const override;
  void describe(Description& d, std::span<const Word> words) const override;

 private:
  std::string_view name_;
  kernels::Fold fold_;
  bool mean_;
};

using ReductionWords = boost::container::static_vector<Word, max_rank + 1>;

/// Records a reduction. ValueError for both axis and axes.
Var record_reduction(const Op& op, const Operand& x, const ReduceOptions& options, std::source_location where);

/// Adds the options of a reduction with these words.
void describe_reduction(Description& d, std::span<const Word> words);

/// The words of a reduction with these options: keepdims, then the axes. ValueError for both axis and axes.
ReductionWords reduction_words(std::string_view name, const Operand& x, const ReduceOptions& options,
                               std::source_location where);

/// Checks operand and axes as a reduction called `name` does, for a function that records several ops.
void check_reduction(std::string_view name, const Operand& x, const ReduceOptions& options, std::source_location where);

/// The shape of a reduction's output.
Shape reduced_shape(const Shape& x, std::span<const Word> words);

/// x's shape with extent 1 along the axes of a reduction.
Shape kept_shape(const Shape& x, std::span<const Word> words);

/// The number of elements of x that are reduced to one.
std::int64_t reduced_count(const Shape& x, std::span<const Word> words);

/// Returns a reduction's output, or its gradient, in a shape that broadcasts to x's: the reduced axes are put back with
/// extent 1, unless all of them are leading ones.
Var aligned(const Var& reduced, const Shape& x, std::span<const Word> words);
Var aligned(const Rule& rule, const Var& reduced);
/// Returns it broadcast to x's shape.
Var spread(const Rule& rule, const Var& reduced);

}  // namespace capstan
