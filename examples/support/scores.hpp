// How good predictions are, beyond accuracy: the area under the ROC curve, and the root of the mean squared error.
#pragma once

#include <capstan/tensor/tensor.hpp>

namespace examples {

/// The chance that an example with y = 1 has a higher score than one with y = 0; equal scores count half. 0.5 is
/// guessing, 1 is perfect order; NaN where all y are equal, or a score is NaN. (Mann and Whitney's U by ranks, O(m log
/// m).)
///
/// Throws    capstan::ShapeError if scores and y differ in shape.
double auc(const capstan::Tensor& scores, const capstan::Tensor& y);

/// √(mean (p − y)²). capstan::ShapeError if p and y differ in shape.
double rmse(const capstan::Tensor& p, const capstan::Tensor& y);

}  // namespace examples
