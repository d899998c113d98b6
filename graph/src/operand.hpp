// What is common to everything that takes operands: the texts of refusals, and the tape that the operands are on.
#pragma once

#include <source_location>
#include <span>
#include <string>
#include <string_view>

#include <capstan/graph/op.hpp>

namespace capstan {

inline std::string_view name_of(std::string_view name) { return name; }
inline std::string_view name_of(const Op& op) { return op.name(); }

/// As an error's text describes it; it may be one that cannot be used.
std::string describe(const Operand& operand);

/// The text of an error about the operands as they were given.
std::string refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                    std::source_location where);

}  // namespace capstan
