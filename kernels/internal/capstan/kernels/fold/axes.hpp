// The axes of a reduction, in the order in which memory is walked: what lies side by side innermost, and axes that can be
// counted through as one joined.
#pragma once

#include <cstddef>
#include <cstdint>

#include <capstan/tensor/array.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/strided/axes.hpp>
#include <capstan/tensor/strided/walk.hpp>

namespace capstan::kernels {

/// Operands of a reduction.
constexpr std::size_t of_x = 0, of_y = 1;

/// An axis of x that is longer than 1. Its step in y is 0 unless it is kept.
using Axis = StridedAxis<2>;
using AxisList = StridedAxes<2>;
using Walk = StridedWalk<AxisList>;
constexpr bool is_reduced(const Axis& axis) { return axis.tag; }
constexpr Axis single{1, {0, 0}, true};

/// The axes of a reduction but the innermost one, by what becomes of them.
struct SplitAxes {
  Axis inner = single;
  AxisList kept, reduced;
};

/// The axes of x, those with a bit in `reduced` as reduced ones. The innermost is a kept one where its elements lie side
/// by side, else the innermost reduced one.
void split_axes(const Array& x, std::uint32_t reduced, SplitAxes& split);

}  // namespace capstan::kernels
