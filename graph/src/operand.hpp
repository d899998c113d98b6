// Functions of everything that takes operands: the names and the texts of its errors.
#pragma once

#include <source_location>
#include <span>
#include <string>
#include <string_view>

#include <capstan/graph/op.hpp>

namespace capstan {

inline std::string_view name_of(std::string_view name) { return name; }
inline std::string_view name_of(const Op& op) { return op.name(); }

/// An operand as the text of an error names it. The operand need not be usable.
std::string describe(const Operand& operand);

/// The text of an error about the operands as they were given.
std::string refusal(std::string_view name, std::string_view rule, std::span<const Operand* const> operands,
                    std::source_location where);

}  // namespace capstan
