// Cast: the same numbers in another element type. No operation mixes dtypes by itself, so this is where it is said.
#pragma once

#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// Cast: x in another element type. Fractions are cut off for i32; f64 is rounded to the nearest f32.
///
/// Shape     y has x's shape.
/// Gradient  dx = cast(dy, x's dtype); none to or from i32.
/// Range     ±inf and NaN stay what they are between f32 and f64; what f32 cannot hold becomes ±inf.
/// Cost      one pass; none where x has the dtype already (x itself is the result).
/// Throws    ValueError, when the value is computed, for an element that i32 cannot hold, NaN included.
Var cast(const Operand& x, DType dtype, std::source_location where = std::source_location::current());
Var cast(const Tensor& x, DType dtype) = delete;  // tape.constant(x) first

}  // namespace capstan
