// The checks of fit before anything is trained, and the questions about tensors that they need.
#pragma once

#include <source_location>

#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

void check_fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
               const std::source_location& where);

/// True if no element is NaN or infinite. The tensor must be contiguous, of f32 or f64.
bool all_finite(const Tensor& value);

/// True if y names classes: labels, one row of 0 and 1, or columns of 0 and 1 with a single 1 in each; for the decision
/// above_half, any columns of 0 and 1.
bool says_classes(const Tensor& y, models::Decision decision);

}  // namespace capstan::train::detail
