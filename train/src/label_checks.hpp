// Labels that the cost will refuse, found before anything is trained: in a batch, an example's position in the set is
// no longer known.
#pragma once

#include <source_location>
#include <string_view>

#include <capstan/train/fit.hpp>

namespace capstan::train::detail {

/// IndexError for a label of the set called `name` that is no class and that the cost does not ignore. Where the model
/// gives no outputs, or y is no labels, nothing is checked.
void check_labels(const Trainee& trainee, std::string_view name, const data::Dataset& set,
                  const std::source_location& where);

}  // namespace capstan::train::detail
