// Functions of everything that takes operands: the names and the texts of its errors.
#pragma once

#include <string>
#include <string_view>

#include <capstan/graph/op.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

inline std::string_view name_of(std::string_view name) { return name; }
inline std::string_view name_of(const Op& op) { return op.name(); }

/// An operand as the text of an error names it. The operand need not be usable.
std::string describe(const Operand& operand);

}  // namespace capstan
