// What the planner knows about the kinds of computation: what follows from an op's answer. No op has a say in it.
#pragma once

#include <cstdint>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/tree.hpp>
#include <capstan/kernels/product/task.hpp>
#include <capstan/tensor/engine.hpp>

namespace capstan {

inline kernels::Folding folding_of(const Fold& fold) noexcept { return {fold.kernels, fold.axes, fold.divisor}; }

/// A contraction as a stack of products of matrices, (m, k) by (k, n).
struct ProductSizes {
  bool has_stack = false;
  std::int64_t m = 1, n = 1, k = 1;
};
ProductSizes sizes_of(const Contraction& product, const Shape& a, const Shape& b);

/// True if the product can be added to what its output holds with the bits of adding it afterwards: its sums are made
/// neither in several parts nor in an order of their own, as those of a single row or column are.
bool adds_in_place(const ProductSizes& sizes) noexcept;

/// True if the axes of each role can be counted as one where the factor lies. A factor that lies otherwise is copied first.
bool takes_layout(const Contraction::Factor& factor, const Shape& shape, const Strides& strides);
/// True if there is nothing to count as one: no role but that of the stack has two axes.
bool takes_any_layout(const Contraction::Factor& factor, std::size_t rank) noexcept;

/// The strides of a factor's copy, in which the axes of each role are neighbours in the order of their numbers.
Strides strides_of_copy(const Contraction::Factor& factor, const Shape& shape);

/// The product of two factors with layouts that it takes.
kernels::ProductTask product_task(const Contraction& product, const Array& a, const Array& b, int threads);

}  // namespace capstan
