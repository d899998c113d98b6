// What fit refuses before anything is trained, and what it asks of tensors.
#pragma once

#include <source_location>

#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

void check_fit(const Trainee& trainee, const data::Dataset& train, const FitOptions& options,
               const std::source_location& where);

/// Whether no element is NaN or infinite. The tensor is contiguous, of f32 or f64.
bool is_finite(const Tensor& value);

/// Whether y says classes: labels, or columns of 0 and 1 with one 1 in each; one row of 0 and 1 has two classes. Where
/// each unit decides by itself, any columns of 0 and 1 do.
bool says_classes(const Tensor& y, models::Decision decision);

}  // namespace capstan::train::detail
