// Functions that softmax, log_softmax and log_sum_exp share: the check of their axis, and the calls of their kernels
// for each part of the work.
#pragma once

#include <capstan/tensor/visit_dtype.hpp>

#include <cstdint>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/softmax/group_parts.hpp>
#include <capstan/kernels/softmax/softmax.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/threads.hpp>

#include "axes.hpp"

namespace capstan {

/// Checks the operand of an op along one axis. DTypeError for i32, IndexError for an axis out of range.
inline DType check_along_axis(const Signature& s, Word axis) {
  const DType dtype = s.common_dtype({"x"});
  if (const auto fault = axes_fault({&axis, 1}, s.shape(0).rank())) throw IndexError{s.message(*fault, {"x"})};
  return dtype;
}

inline kernels::Groups groups_of(const Shape& x, Word axis) {
  const std::size_t at = axis_from_front(axis, x.rank());
  const auto [outer, inner] = around_axis(x, at);
  return {outer, x[at], inner, inner};
}

/// Calls f(GroupParts::Part) for all parts of the groups, on several threads.
template <class F>
void for_parts(const kernels::Groups& groups, int threads, F f) {
  if (threads == 1) return f(kernels::GroupParts::Part{groups, 0, 0});
  const kernels::GroupParts parts{groups};
  parallel_for(parts.count(), threads, [&](std::int64_t part, int) { f(parts.part(part)); });
}

/// Calls f(loops, T{}) with the loops for the dtype.
template <class F>
void with_softmax_loops(DType dtype, F f) {
  visit_floating(dtype, [&]<class T>(T) { f(kernels::softmax_loops<T>(), T{}); });
}

}  // namespace capstan
