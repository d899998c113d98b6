// einsum: sums of products, with each axis called by a letter.
//
//   einsum("ij,jk->ik", a, b)       a product of matrices
//   einsum("bij,bjk->bik", a, b)    a stack of products
//   einsum("ijk->kj", x)            a sum along the first axis, transposed
//   einsum("ii->i", x)              a diagonal
//   einsum("i,ij,j", {u, m, v})     a number: without "->", what is left are the letters that stand once, by the alphabet
#pragma once

#include <initializer_list>
#include <source_location>
#include <span>
#include <string_view>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Einstein's sum: y[output's letters] = Σ over the letters that the output lacks of the product of all operands.
///
/// A letter is one axis wherever it stands. Twice in one operand, it takes the diagonal. Letters of one operand that
/// nothing else asks for are summed first; then operands are multiplied pairwise from left to right. Blanks count for nothing.
///
/// Shape     (3, 4) and (4, 2) with "ij,jk->ik" give (3, 2); the output's letters may stand in any order.
/// Gradient  dx = einsum of dy and the other operands over x's letters.
/// Range     every operand; NaN and infinities go through as sums and products have it; a sum of nothing is 0.
/// Error     of each pair, as matmul's; as sum's where one operand is summed. A view and its copy give the same bits.
/// Cost      of each pair, that of a product of matrices, or of a multiplication where nothing is summed; no more intermediate
///           values than pairs. A factor is copied first where the axes that serve alike – of the output, or of the sum –
///           cannot be counted as one; so is an operand that was transposed before its diagonal is taken.
/// Throws    ValueError for another number of operands than the letters have, what is no letter, "...", and a letter of the
///           output that no operand has, or that stands there twice; ShapeError for letters that are more or fewer than an
///           operand's axes, a letter with two extents, and a pair's product of more than 8 axes or 2^63 elements;
///           DTypeError for i32 or two dtypes.
Var einsum(std::string_view axes, const Operand& x, std::source_location where = std::source_location::current());
Var einsum(std::string_view axes, const Tensor& x) = delete;  // tape.constant(x) first
Var einsum(std::string_view axes, const Operand& a, const Operand& b,
           std::source_location where = std::source_location::current());
Var einsum(std::string_view axes, const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first
Var einsum(std::string_view axes, std::initializer_list<Operand> operands,
           std::source_location where = std::source_location::current());
Var einsum(std::string_view axes, std::span<const Var> operands,
           std::source_location where = std::source_location::current());

}  // namespace capstan
