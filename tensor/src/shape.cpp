#include <capstan/tensor/shape.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <boost/container/small_vector.hpp>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {
namespace {

std::string text(std::span<const std::int64_t> extents) { return fmt::format("({})", fmt::join(extents, ", ")); }

// Extents of 0 are left out of the product, so that the strides of an empty shape cannot overflow either.
void check(std::span<const std::int64_t> extents, const std::source_location& where) {
  if (extents.size() > max_rank) {
    throw ShapeError{fmt::format("shape {} has {} axes, the most is {}\n  at {}", text(extents), extents.size(),
                                 max_rank, place(where))};
  }
  std::int64_t product = 1;
  for (const std::int64_t extent : extents) {
    if (extent < 0)
      throw ShapeError{fmt::format("shape {} has a negative extent, {}\n  at {}", text(extents), extent, place(where))};
    if (extent > 0 && __builtin_mul_overflow(product, extent, &product)) {
      throw ShapeError{fmt::format("shape {}: the product of the extents does not fit 63 bits\n  at {}", text(extents),
                                   place(where))};
    }
  }
}

// One group of axes of the old shape that holds the same elements as one group of the new one.
struct Group {
  std::size_t begin = 0;
  std::size_t end = 0;
};

// Extends both groups until they hold equally many elements.
void match(const Strides& from, const Shape& to, Group& old_axes, Group& new_axes) {
  std::int64_t old_count = from[old_axes.end++], new_count = to[new_axes.end++];
  while (old_count != new_count) {
    if (old_count < new_count) {
      old_count *= from[old_axes.end++];
    } else {
      new_count *= to[new_axes.end++];
    }
  }
}

// True if the axes of a group follow each other without gaps, so that they can be treated as one.
bool even(const Strides& extents, const Strides& strides, Group axes) {
  for (std::size_t i = axes.begin; i + 1 < axes.end; ++i)
    if (strides[i] != extents[i + 1] * strides[i + 1]) return false;
  return true;
}

}  // namespace

Shape::Shape(std::initializer_list<detail::Integer> extents, std::source_location where) {
  boost::container::small_vector<std::int64_t, max_rank> values;
  for (const detail::Integer& extent : extents) {
    if (!extent.fits()) refuse_extent(static_cast<std::uint64_t>(extent.value()), where);
    values.push_back(extent.value());
  }
  assign({values.data(), values.size()}, where);
}

Shape::Shape(std::span<const std::int64_t> extents, std::source_location where) { assign(extents, where); }

void Shape::assign(std::span<const std::int64_t> extents, const std::source_location& where) {
  check(extents, where);
  extents_.assign(extents.begin(), extents.end());
}

void Shape::refuse_extent(std::uint64_t extent, const std::source_location& where) {
  throw ShapeError{fmt::format("shape: an extent must fit 63 bits, got {}\n  at {}", extent, place(where))};
}

void Shape::refuse_axis(const Axis& axis) const {
  throw IndexError{fmt::format("shape: axis {} is out of range for shape {} of rank {}\n  at {}", axis.number,
                               to_string(*this), rank(), place(axis.where))};
}

void Strides::refuse_axis(const Shape::Axis& axis) const {
  throw IndexError{
      fmt::format("strides: axis {} is out of range for rank {}\n  at {}", axis.number, size(), place(axis.where))};
}

std::int64_t Shape::elements() const noexcept {
  std::int64_t product = 1;
  for (const std::int64_t extent : extents_) product *= extent;
  return product;
}

Strides engine::row_major(const Shape& shape) {
  Strides strides(shape.rank());
  std::int64_t step = 1;
  for (std::size_t i = shape.rank(); i-- > 0;) {
    strides[i] = step;
    step *= std::max<std::int64_t>(shape[i], 1);
  }
  return strides;
}

std::string to_string(const Shape& shape) { return text(shape.extents()); }

bool engine::broadcast(const Shape& a, const Shape& b, Shape& result) {
  const std::size_t rank = std::max(a.rank(), b.rank());
  Strides extents(rank);
  std::int64_t product = 1;  // without extents of 0, as in every shape
  const std::int64_t *of_a = a.end(), *of_b = b.end();
  for (std::size_t back = 1; back <= rank; ++back) {
    const std::int64_t x = back <= a.rank() ? *--of_a : 1;
    const std::int64_t y = back <= b.rank() ? *--of_b : 1;
    if (x != y && x != 1 && y != 1) return false;
    const std::int64_t extent = extents[rank - back] = x == 1 ? y : x;
    if (extent > 0 && __builtin_mul_overflow(product, extent, &product)) return false;
  }
  result = Shape(extents);
  return true;
}

bool engine::reshape_strides(const Shape& from, const Strides& strides, const Shape& to, Strides& result) {
  if (to.elements() != from.elements()) return false;
  if (to.elements() == 0) {
    result = row_major(to);
    return true;
  }
  Strides extents, steps;  // without the axes of extent 1, whose strides mean nothing
  for (std::size_t i = 0; i < from.rank(); ++i) {
    if (from[i] == 1) continue;
    extents.push_back(from[i]);
    steps.push_back(strides[i]);
  }
  Strides answer(to.rank(), 1);
  Group old_axes, new_axes;
  while (old_axes.end < extents.size()) {
    match(extents, to, old_axes, new_axes);
    if (!even(extents, steps, old_axes)) return false;
    std::int64_t step = steps[old_axes.end - 1];
    for (std::size_t i = new_axes.end; i-- > new_axes.begin; step *= to[i]) answer[i] = step;
    old_axes.begin = old_axes.end;
    new_axes.begin = new_axes.end;
  }
  result = answer;
  return true;
}

bool engine::normalise_axis(std::int64_t axis, std::size_t rank, std::size_t& result) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count) return false;
  result = static_cast<std::size_t>(axis < 0 ? axis + count : axis);
  return true;
}

}  // namespace capstan
