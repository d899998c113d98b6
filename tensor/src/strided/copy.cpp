#include <capstan/tensor/strided/copy.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/strided/axes.hpp>
#include <capstan/tensor/strided/walk.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {
namespace {

// Operands of a copy.
constexpr std::size_t source = 0, target = 1;

using Axis = StridedAxis<2>;
using Axes = StridedAxes<2>;
constexpr Axis single{1, {0, 0}, false};

// The axes that matter, the narrowest step of the target innermost; adjacent ones that lie alike in both are joined.
Axes axes_of(const Shape& shape, const Strides& from, const Strides& to) {
  Axes axes;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    if (shape[i] == 1) continue;
    axes.insert({shape[i], {from[i], to[i]}, false}, [](const Axis& axis) { return std::abs(axis.steps[target]); });
  }
  axes.join();
  return axes;
}

template <std::size_t Size>
void copy_one(const std::byte* from, std::byte* to) {
  std::memcpy(to, from, Size);
}

template <std::size_t Size>
void copy_row(const Axis& row, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  const auto [from_step, to_step] = row.steps;
  if (from_step == 1 && to_step == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(row.extent * size));
  } else if (from_step == 0) {
    std::array<std::byte, Size> value;
    std::memcpy(value.data(), from, Size);
    for (std::int64_t i = 0; i < row.extent; ++i) copy_one<Size>(value.data(), to + i * to_step * size);
  } else {
    for (std::int64_t i = 0; i < row.extent; ++i) copy_one<Size>(from + i * from_step * size, to + i * to_step * size);
  }
}

// `outer` is near in `from`, `inner` is near in `to`: blocks of 16 x 16 keep both sides within the first cache.
template <std::size_t Size>
void copy_transposed(const Axis& outer, const Axis& inner, const std::byte* from, std::byte* to) {
  constexpr std::int64_t block = 16, size = Size;
  for (std::int64_t j = 0; j < inner.extent; j += block) {
    const std::int64_t columns = std::min(block, inner.extent - j);
    for (std::int64_t i = 0; i < outer.extent; i += block) {
      const std::int64_t rows = std::min(block, outer.extent - i);
      for (std::int64_t r = i; r < i + rows; ++r) {
        copy_row<Size>({columns, inner.steps, false}, from + (r * outer.steps[source] + j * inner.steps[source]) * size,
                       to + (r * outer.steps[target] + j * inner.steps[target]) * size);
      }
    }
  }
}

template <std::size_t Size>
void copy_plane(const Axis& outer, const Axis& inner, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  const auto [from_step, to_step] = outer.steps;
  if (from_step != 0 && std::abs(from_step) < std::abs(inner.steps[source])) {
    copy_transposed<Size>(outer, inner, from, to);
    return;
  }
  for (std::int64_t i = 0; i < outer.extent; ++i)
    copy_row<Size>(inner, from + i * from_step * size, to + i * to_step * size);
}

// The axis to walk beside the innermost, which is not among them: the nearest in `from` if that is nearer than the
// innermost itself, else the next one.
std::size_t partner(const Axes& axes, const Axis& inner) {
  const auto width = [](const Axis& axis) { return std::abs(axis.steps[source]); };
  std::size_t nearest = 0;
  for (std::size_t i = axes.size; i-- > 0;) {
    const std::int64_t step = width(axes.axis[i]);
    if (step != 0 && step < width(inner) && step < width(axes.axis[nearest])) nearest = i;
  }
  return nearest;
}

template <std::size_t Size>
void copy(Axes axes, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  const Axis inner = axes.size > 0 ? axes.take(0) : single;
  const Axis outer = axes.size > 0 ? axes.take(partner(axes, inner)) : single;
  const std::int64_t planes = axes.elements();
  StridedWalk at{axes};
  for (std::int64_t i = 0; i < planes; ++i, at.next())
    copy_plane<Size>(outer, inner, from + at.offset(source) * size, to + at.offset(target) * size);
}

}  // namespace

void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides) {
  assert(from_strides.size() == shape.rank() && to_strides.size() == shape.rank());
  assert(element_size == 4 || element_size == 8);
  if (shape.elements() == 0) return;
  const Axes axes = axes_of(shape, from_strides, to_strides);
  visit_size(element_size, [&]<class Word>(Word) {
    copy<sizeof(Word)>(axes, static_cast<const std::byte*>(from), static_cast<std::byte*>(to));
  });
}

void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides, int threads) {
  constexpr std::int64_t unit = 16;  // positions that stay together
  const auto longest = static_cast<std::size_t>(std::max_element(shape.begin(), shape.end()) - shape.begin());
  const auto size = static_cast<std::int64_t>(element_size);
  const auto bytes = static_cast<double>(shape.elements() * size);
  const std::int64_t worth = count_parts(work::copied_byte * bytes, threads);
  if (worth == 1) return strided_copy(element_size, shape, from, from_strides, to, to_strides);
  const std::int64_t count = std::clamp<std::int64_t>(shape[longest] / unit, 1, worth);
  parallel_for(count, threads, [&](std::int64_t part, int) {
    const Range range = range_of(shape[longest], part, count, unit);
    Strides extents{shape.begin(), shape.end()};
    extents[longest] = range.end - range.begin;
    strided_copy(element_size, Shape{extents},
                 static_cast<const std::byte*>(from) + range.begin * from_strides[longest] * size, from_strides,
                 static_cast<std::byte*>(to) + range.begin * to_strides[longest] * size, to_strides);
  });
}

}  // namespace capstan
