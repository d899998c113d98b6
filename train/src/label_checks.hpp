// Finds labels that the cost would refuse, before anything is trained: within a batch, an example's position in the set
// is no longer known.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

/// IndexError for a label of the set called `name` that is no class and that the cost does not ignore. Checks nothing
/// if the model has no outputs, or y is not labels.
void check_labels(const Trainee& trainee, std::string_view name, const data::Dataset& set,
                  const std::source_location& where);

}  // namespace capstan::train::detail
