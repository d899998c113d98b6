// Tensor: views of the same memory.
#include <numeric>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/slice_positions.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan {
namespace {

// A view that starts `offset` elements after x's first. It is within x, so the checks fail only for a mistake of ours.
Tensor view_of(const Tensor& x, std::int64_t offset, const Shape& shape, const Strides& strides) {
  if (!x.storage()) return Tensor::view({}, 0, shape, strides, x.dtype());
  const auto bytes = static_cast<const std::byte*>(x.raw()) - x.storage()->data();
  const auto first = bytes / static_cast<std::int64_t>(size_of(x.dtype()));
  return Tensor::view(x.storage(), first + offset, shape, strides, x.dtype());
}

void check_slice(const SliceOptions& options, const Shape& shape, std::size_t axis, const std::source_location& where) {
  const auto fault = slice_fault(options, shape[axis]);
  if (!fault) return;
  const std::string text = fmt::format("slice: {} for axis {} of shape {}\n  at {}", fault->rule, options.axis,
                                       to_string(shape), place(where));
  if (fault->kind == SliceFault::Kind::step) throw ValueError{text};
  throw IndexError{text};
}

}  // namespace

Tensor Tensor::transpose() const {
  boost::container::static_vector<std::int64_t, max_rank> axes(rank());
  std::iota(axes.rbegin(), axes.rend(), 0);
  return transpose(std::span<const std::int64_t>(axes.data(), axes.size()));
}

Tensor Tensor::transpose(std::span<const std::int64_t> axes, std::source_location where) const {
  unsigned seen = 0;
  Strides extents, strides;
  for (const std::int64_t axis : axes) {
    std::size_t from = 0;
    if (axes.size() != rank() || !normalise_axis(axis, rank(), from) || (seen >> from & 1u) != 0) {
      throw IndexError{fmt::format("transpose: axes ({}) are not a permutation of the {} axes of shape {}\n  at {}",
                                   fmt::join(axes, ", "), rank(), to_string(shape_), place(where))};
    }
    seen |= 1u << from;
    extents.push_back(shape_[from]);
    strides.push_back(strides_[from]);
  }
  if (axes.size() != rank()) {
    throw IndexError{fmt::format("transpose: no axes given for the {} axes of shape {}\n  at {}", rank(),
                                 to_string(shape_), place(where))};
  }
  return view_of(*this, 0, Shape(extents), strides);
}

Tensor Tensor::reshape(const Shape& shape, std::source_location where) const {
  if (shape.elements() != elements()) {
    throw ShapeError{fmt::format("reshape: shape {} has {} elements, shape {} has {}\n  at {}", to_string(shape_),
                                 elements(), to_string(shape), shape.elements(), place(where))};
  }
  Strides strides;
  if (reshape_strides(shape_, strides_, shape, strides)) return view_of(*this, 0, shape, strides);
  return copy().reshape(shape);
}

Tensor Tensor::slice(const SliceOptions& options, std::source_location where) const {
  std::size_t axis = 0;
  if (!normalise_axis(options.axis, rank(), axis)) {
    throw IndexError{fmt::format("slice: axis {} is out of range for shape {}\n  at {}", options.axis,
                                 to_string(shape_), place(where))};
  }
  check_slice(options, shape_, axis, where);
  const auto [start, count, step] = slice_positions(options, shape_[axis]);
  Strides extents(shape_.begin(), shape_.end());
  Strides strides = strides_;
  extents[axis] = count;
  if (count > 1) strides[axis] *= step;  // with one position left the step may be of any size
  return view_of(*this, start * strides_[axis], Shape(extents), strides);
}

Tensor Tensor::broadcast_to(const Shape& shape, std::source_location where) const {
  Shape both;
  if (shape.rank() < rank() || !broadcast(shape_, shape, both) || !(both == shape)) {
    throw ShapeError{fmt::format("broadcast_to: shape {} does not broadcast to {}\n  at {}", to_string(shape_),
                                 to_string(shape), place(where))};
  }
  Strides strides(shape.rank(), 0);
  const std::size_t lead = shape.rank() - rank();
  for (std::size_t i = 0; i < rank(); ++i)
    if (shape_[i] == shape[lead + i]) strides[lead + i] = strides_[i];
  return view_of(*this, 0, shape, strides);
}

}  // namespace capstan
