// Functions that the losses of two arrays of the same shape share.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/ops/losses.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// ShapeError or DTypeError for operands that differ in shape or dtype, or are i32. A loss never broadcasts.
void check_pair(std::string_view name, const Named& prediction, const Named& target, std::source_location where);

/// ValueError for a tensor of targets with an element outside [0, 1]. NaN passes, and makes its loss NaN.
void check_probabilities(std::string_view name, const Named& prediction, const Named& target,
                         std::source_location where);

/// Returns the losses themselves, their sum or their mean.
Var reduced(const Var& losses, Reduction reduction, std::source_location where);

}  // namespace capstan
