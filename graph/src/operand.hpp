// What is common to everything that takes operands: how texts name them.
#pragma once

#include <string>
#include <string_view>

#include <capstan/graph/op.hpp>

namespace capstan {

inline std::string_view name_of(std::string_view name) { return name; }
inline std::string_view name_of(const Op& op) { return op.name(); }

/// As an error's text describes it; it may be one that cannot be used.
std::string describe(const Operand& operand);

}  // namespace capstan
