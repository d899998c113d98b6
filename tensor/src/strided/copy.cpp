#include <capstan/tensor/strided/copy.hpp>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <utility>

#include <capstan/tensor/threads.hpp>

namespace capstan {
namespace {

struct Axis {
  std::int64_t extent = 1;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

// The axes that matter, the widest step of `to` first; adjacent ones that lie alike in both layouts are joined.
struct Axes {
  std::array<Axis, max_rank> axis{};
  std::size_t count = 0;

  void add(const Axis& next) {
    Axis* last = count > 0 ? &axis[count - 1] : nullptr;
    if (last && last->from == next.from * next.extent && last->to == next.to * next.extent) {
      *last = {last->extent * next.extent, next.from, next.to};
    } else {
      axis[count++] = next;
    }
  }
  Axis take(std::size_t i) {
    const Axis taken = axis[i];
    std::copy(axis.begin() + i + 1, axis.begin() + count, axis.begin() + i);
    --count;
    return taken;
  }
};

Axes joined(const Shape& shape, const Strides& from, const Strides& to) {
  std::array<Axis, max_rank> all{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i)
    if (shape[i] != 1) all[count++] = {shape[i], from[i], to[i]};
  // By insertion: std::stable_sort would allocate, and equal steps must keep their order.
  for (std::size_t i = 1; i < count; ++i)
    for (std::size_t j = i; j > 0 && std::abs(all[j - 1].to) < std::abs(all[j].to); --j) std::swap(all[j - 1], all[j]);
  Axes axes;
  for (std::size_t i = 0; i < count; ++i) axes.add(all[i]);
  return axes;
}

template <std::size_t Size>
void copy_one(const std::byte* from, std::byte* to) {
  std::memcpy(to, from, Size);
}

template <std::size_t Size>
void copy_row(const Axis& row, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  if (row.from == 1 && row.to == 1) {
    std::memcpy(to, from, static_cast<std::size_t>(row.extent * size));
  } else if (row.from == 0) {
    std::array<std::byte, Size> value;
    std::memcpy(value.data(), from, Size);
    for (std::int64_t i = 0; i < row.extent; ++i) copy_one<Size>(value.data(), to + i * row.to * size);
  } else {
    for (std::int64_t i = 0; i < row.extent; ++i) copy_one<Size>(from + i * row.from * size, to + i * row.to * size);
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
        copy_row<Size>({columns, inner.from, inner.to}, from + (r * outer.from + j * inner.from) * size,
                       to + (r * outer.to + j * inner.to) * size);
      }
    }
  }
}

template <std::size_t Size>
void copy_plane(const Axis& outer, const Axis& inner, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  if (outer.from != 0 && std::abs(outer.from) < std::abs(inner.from)) {
    copy_transposed<Size>(outer, inner, from, to);
    return;
  }
  for (std::int64_t i = 0; i < outer.extent; ++i)
    copy_row<Size>(inner, from + i * outer.from * size, to + i * outer.to * size);
}

// The axis to walk beside the innermost: the nearest in `from` if that is not the innermost itself, else the next one.
std::size_t partner(const Axes& axes, const Axis& inner) {
  std::size_t nearest = axes.count - 1;
  for (std::size_t i = 0; i < axes.count; ++i) {
    const std::int64_t step = std::abs(axes.axis[i].from);
    if (step != 0 && step < std::abs(inner.from) && step < std::abs(axes.axis[nearest].from)) nearest = i;
  }
  return nearest;
}

template <std::size_t Size>
void copy(Axes axes, const std::byte* from, std::byte* to) {
  constexpr std::int64_t size = Size;
  const Axis inner = axes.count > 0 ? axes.take(axes.count - 1) : Axis{};
  const Axis outer = axes.count > 0 ? axes.take(partner(axes, inner)) : Axis{};
  std::array<std::int64_t, max_rank> at{};
  for (;;) {
    copy_plane<Size>(outer, inner, from, to);
    std::size_t i = axes.count;
    for (; i > 0; --i) {
      const Axis& axis = axes.axis[i - 1];
      from += axis.from * size;
      to += axis.to * size;
      if (++at[i - 1] < axis.extent) break;
      from -= axis.extent * axis.from * size;
      to -= axis.extent * axis.to * size;
      at[i - 1] = 0;
    }
    if (i == 0) return;
  }
}

}  // namespace

void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides) {
  assert(from_strides.size() == shape.rank() && to_strides.size() == shape.rank());
  assert(element_size == 4 || element_size == 8);
  if (shape.elements() == 0) return;
  const Axes axes = joined(shape, from_strides, to_strides);
  const auto* source = static_cast<const std::byte*>(from);
  auto* target = static_cast<std::byte*>(to);
  if (element_size == 4) {
    copy<4>(axes, source, target);
  } else {
    copy<8>(axes, source, target);
  }
}

void strided_copy(std::size_t element_size, const Shape& shape, const void* from, const Strides& from_strides, void* to,
                  const Strides& to_strides, int threads) {
  constexpr std::int64_t least_bytes = 1 << 19;  // of a part, which takes longer than waking a thread
  constexpr std::int64_t unit = 16;              // positions that stay together
  const auto longest = static_cast<std::size_t>(std::max_element(shape.begin(), shape.end()) - shape.begin());
  const auto size = static_cast<std::int64_t>(element_size);
  const std::int64_t worth = shape.elements() * size / least_bytes;
  if (threads == 1 || worth < 2) return strided_copy(element_size, shape, from, from_strides, to, to_strides);
  const std::int64_t units = (shape[longest] + unit - 1) / unit, count = std::min(worth, units);
  parallel_for(count, threads, [&](std::int64_t part, int) {
    const std::int64_t first = units * part / count * unit;
    Strides extents{shape.begin(), shape.end()};
    extents[longest] = std::min(units * (part + 1) / count * unit, shape[longest]) - first;
    strided_copy(element_size, Shape{std::span<const std::int64_t>{extents.data(), extents.size()}},
                 static_cast<const std::byte*>(from) + first * from_strides[longest] * size, from_strides,
                 static_cast<std::byte*>(to) + first * to_strides[longest] * size, to_strides);
  });
}

}  // namespace capstan
