// Checks of the parameters that an optimizer is given, and their names.
#pragma once

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/graph/parameter.hpp>

namespace capstan::optim {

/// ValueError if there are none, or one is given twice.
void check_parameters(std::string_view who, const std::vector<Parameter>& parameters,
                      const std::source_location& where);

/// The names that were given; where there are none, the parameters' own.
std::vector<std::string> names_of(std::vector<std::string> given, const std::vector<Parameter>& parameters,
                                  const std::source_location& where);

}  // namespace capstan::optim
