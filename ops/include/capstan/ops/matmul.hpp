// matmul: the product of matrices, of stacks of matrices, and of matrices with vectors.
//
//   matmul(W, x)             (512, 784) and (784, 128) give (512, 128)
//   matmul(transpose(w), x)  any strides do: a transposed or sliced operand is read where it lies
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Matrix product: y[i, j] = Σ_k a[i, k] · b[k, j].
///
/// Shape     (m, k) and (k, n) give (m, n). An operand of rank 1 is a row on the left and a column on the right, and
///           its axis is missing from y: (k) and (k, n) give (n), (m, k) and (k) give (m), (k) and (k) give (). Axes
///           before the last two are a stack of matrices and broadcast: (5, 1, m, k) and (3, k, n) give (5, 3, m, n).
/// Gradient  da = dy · bᵀ, db = aᵀ · dy, summed over broadcast axes.
/// Range     every a and b; NaN and infinities go through as sums and products have it; k = 0 gives zeros.
/// Error     ≤ k · epsilon · Σ_k |a[i, k]| · |b[k, j]| in each element. A view and its copy give the same bits.
/// Cost      2 · m · n · k operations for each matrix of the stack; no operand is copied, whatever its strides.
/// Throws    ShapeError if the columns of a are not as many as the rows of b (the text calls them W and x), if the
///           leading axes do not broadcast, or for an operand of shape (); DTypeError for i32 or two dtypes.
Var matmul(const Operand& a, const Operand& b, std::source_location where = std::source_location::current());
Var matmul(const Tensor& a, const Tensor& b) = delete;  // tape.constant(x) first

}  // namespace capstan
