// Which parameter is in which group.
#pragma once

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/optim/group.hpp>

namespace capstan::optim {

/// For each parameter 0, or 1 + the position of its group. ValueError for a group that selects nothing, a pattern that
/// matches no name, a parameter that is not among these or is in two groups, and for options.
std::vector<std::size_t> assign_groups(std::string_view optimizer, const std::vector<Parameter>& parameters,
                                       const std::vector<std::string>& names, std::span<const Group> groups,
                                       const std::source_location& where);

/// ValueError, naming the option and its value, unless it is at least 0 and below 1.
void check_share(std::string_view optimizer, std::string_view option, double value, const std::source_location& where);

/// ValueError, naming the option and its value, unless it is finite and not negative.
void check_not_negative(std::string_view optimizer, std::string_view option, double value,
                        const std::source_location& where);

}  // namespace capstan::optim
