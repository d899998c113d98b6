// Concatenate and stack: several arrays joined into one, along an axis that they have or along a new one.
//
//   concatenate({a, b}, {.axis = 1})     (3, 4) and (3, 2) give (3, 6)
//   stack(steps)                         a std::vector<Var> of five values of shape (3) gives (5, 3)
#pragma once

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Options of concatenate.
struct ConcatenateOptions {
  std::int64_t axis = 0;  ///< negative ones count from the end
};

/// Concatenate: one array after the other along an axis.
///
/// Shape     the operands', with the sum of their extents along the axis.
/// Gradient  dx = the slice of dy that x fills.
/// Cost      one pass.
/// Throws    ValueError for no operand; ShapeError if they differ in rank or in another axis, or have none; IndexError
///           for an axis out of range; DTypeError for operands of two dtypes.
Var concatenate(std::initializer_list<Operand> operands, const ConcatenateOptions& options = {},
                std::source_location where = std::source_location::current());
Var concatenate(std::span<const Var> operands, const ConcatenateOptions& options = {},
                std::source_location where = std::source_location::current());

/// Options of stack.
struct StackOptions {
  std::int64_t axis = 0;  ///< of the result; negative ones count from its end
};

/// Stack: one array after the other along a new axis, which stands at `axis` of the result.
///
/// Shape     the operands', which is one for all, with their number put in at the axis.
/// Gradient  dx = the part of dy that x fills.
/// Cost      one pass.
/// Throws    ValueError for no operand; ShapeError if their shapes differ, or have the most axes already; IndexError
///           for an axis out of range; DTypeError for operands of two dtypes.
Var stack(std::initializer_list<Operand> operands, const StackOptions& options = {},
          std::source_location where = std::source_location::current());
Var stack(std::span<const Var> operands, const StackOptions& options = {},
          std::source_location where = std::source_location::current());

}  // namespace capstan
