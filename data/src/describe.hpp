#pragma once

#include <source_location>
#include <string>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// The end of a message about a data set: x and y with their shapes, and the user's line.
std::string describe(const Dataset& dataset, const std::source_location& where);

}  // namespace capstan::data
