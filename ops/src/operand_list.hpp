// Operands in a list, for what takes any number of them.
#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <span>
#include <vector>

#include <boost/container/small_vector.hpp>

#include <capstan/graph/var.hpp>

namespace capstan {

constexpr std::size_t few_operands = 32;
using OperandPointers = boost::container::small_vector<const Operand*, few_operands>;

/// Calls f with pointers to the operands.
template <class F>
Var with_operands(std::initializer_list<Operand> operands, std::source_location, F f) {
  OperandPointers pointers;
  for (const Operand& operand : operands) pointers.push_back(&operand);
  return f(std::span<const Operand* const>{pointers.data(), pointers.size()});
}

/// Operands cannot be moved: they are made in place, in an array of their own where they are few.
template <class F>
Var with_operands(std::span<const Var> vars, std::source_location where, F f) {
  std::array<std::optional<Operand>, few_operands> here;
  std::vector<std::optional<Operand>> elsewhere(vars.size() > few_operands ? vars.size() : 0);
  std::optional<Operand>* const operands = vars.size() > few_operands ? elsewhere.data() : here.data();
  OperandPointers pointers;
  for (std::size_t i = 0; i < vars.size(); ++i) pointers.push_back(&operands[i].emplace(vars[i], where));
  return f(std::span<const Operand* const>{pointers.data(), pointers.size()});
}

}  // namespace capstan
