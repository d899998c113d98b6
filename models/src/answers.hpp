// From outputs to answers: what a classifier says of each example.
#pragma once

#include <capstan/graph/tensor.hpp>

namespace capstan::models {

/// For each column of (classes, m) the row of its largest element, the first of several; NaN counts as largest, as in
/// NumPy. (m) of i32.
Tensor largest_rows(const Tensor& outputs);

/// 1 where p > 0.5, 0 elsewhere, NaN where it is NaN; p's shape and dtype.
Tensor above_half(const Tensor& p);

}  // namespace capstan::models
