// Windows: an array seen through a window that slides along some of its axes, what that view's gradient is made of, and
// padding.
//
//   windows(x, {.axes = {0}, .size = {3}})                       (8) gives (6, 3): three neighbours at each of six
//   places windows(x, {.axes = {2, 3}, .size = {2, 2}, .stride = {2, 2}})   (m, c, 8, 8) gives (m, c, 4, 4, 2, 2)
//   pad(x, {.axes = {-1}, .before = {1}, .after = {1}})           (8) gives (10), with a 0 at either end
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/graph/var.hpp>
#include <capstan/ops/integers.hpp>

namespace capstan {

/// Options of windows: one number for each of the axes.
struct WindowsOptions {
  Axes axes = {};         ///< along which the window slides; negative ones count from the end
  Extents size = {};      ///< how many taps the window has
  Extents stride = {};    ///< how far apart neighbouring places are; 1 if left out
  Extents dilation = {};  ///< how far apart neighbouring taps are; 1 if left out
};

/// Windows: a view of x that repeats its elements, y[…, place, …, tap] = x[…, place · stride + tap · dilation, …].
///
/// Shape     each named axis of extent n has (n − dilation · (size − 1) − 1) / stride + 1 places instead, rounded down;
///           the taps follow at the end, an axis for each named one, in the order in which they were named.
/// Gradient  dx = fold_windows(dy).
/// Cost      none, unless an op that reads y needs it in memory of its own: that is the size of a window times x then.
/// Throws    ShapeError for a window that is longer than the axis, and for more than 8 axes in all; ValueError for a
///           size, stride or dilation below 1, or not one for each axis; IndexError for an axis out of range or named
///           twice.
Var windows(const Operand& x, const WindowsOptions& options,
            std::source_location where = std::source_location::current());
Var windows(const Tensor& x, const WindowsOptions& options) = delete;  // tape.constant(x) first

/// Options of fold_windows: one number for each of the axes.
struct FoldWindowsOptions {
  Axes axes = {};         ///< of the result, where x has the places; negative ones count from the end
  Extents extents = {};   ///< of the result along these axes
  Extents stride = {};    ///< how far apart neighbouring places are; 1 if left out
  Extents dilation = {};  ///< how far apart neighbouring taps are; 1 if left out
};

/// Fold windows: adds up what windows takes apart, y[…, i, …] = Σ x[…, place, …, tap] over all places and taps with
/// place · stride + tap · dilation = i; 0 where there is none.
///
/// Shape     x is what windows makes of y's shape: the places where the axes stand, and the taps at the end. y has the
///           extents given along the axes, and no axes of taps.
/// Gradient  dx = windows(dy).
/// Error     adds in the order of the taps.
/// Cost      one pass over x.
/// Throws    ShapeError if windows does not make x's shape of the extents; ValueError for a stride or dilation below 1,
///           a negative extent, or not one for each axis; IndexError for an axis out of range or named twice;
///           DTypeError for i32.
Var fold_windows(const Operand& x, const FoldWindowsOptions& options,
                 std::source_location where = std::source_location::current());
Var fold_windows(const Tensor& x, const FoldWindowsOptions& options) = delete;  // tape.constant(x) first

/// What stands in the border that pad adds.
enum class PadMode : std::uint8_t {
  constant,  ///< one number
  reflect,   ///< x mirrored at its first and last element, which are not repeated: c b | a b c | b a
  edge,      ///< the nearest element of x: a a | a b c | c c
};

/// Options of pad: one number for each of the axes.
struct PadOptions {
  Axes axes = {};       ///< none: all axes of x
  Extents before = {};  ///< how many positions come before x along each axis; none if left out
  Extents after = {};   ///< how many follow; none if left out
  double value = 0.0;   ///< in the border, for PadMode::constant
  PadMode mode = PadMode::constant;
};

/// Pad: x with a border.
///
/// Shape     x's, with before + after more positions along each axis.
/// Gradient  dx = dy without the border; of a reflection or an edge, each element gets the sum over its copies as well.
/// Cost      one pass.
/// Throws    ValueError for a negative number of positions, not one for each axis, a value beside another mode than
///           constant, and one that i32 does not hold for an x of i32; ShapeError for a reflection that is not shorter
///           than the axis, for the edge of an axis without elements, and for extents that 63 bits do not hold;
///           IndexError for an axis out of range or named twice.
Var pad(const Operand& x, const PadOptions& options, std::source_location where = std::source_location::current());
Var pad(const Tensor& x, const PadOptions& options) = delete;  // tape.constant(x) first

}  // namespace capstan
