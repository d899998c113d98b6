// What the poolings share: attributes, the check of their geometry, and the calls of their kernels.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/pool/pool.hpp>
#include <capstan/ops/pooling.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

/// The axes of images before the spatial ones: examples and channels.
constexpr std::size_t image_axes = 2;

/// The attributes of a pooling and of its gradients. Of each array, the first numbers count: as many as there are
/// spatial axes. An adaptive pooling has its size for a kernel, and stride 0 to tell it by.
struct PoolAttributes {
  std::array<std::int64_t, 3> kernel{}, stride{}, padding{};
  std::int64_t counts_padding = 1;
  std::array<std::int64_t, 3> in{};  ///< x's spatial extents, for gradients alone

  bool is_adaptive() const noexcept { return stride[0] == 0; }
  kernels::PoolAxis axis(std::size_t i, std::int64_t extent) const noexcept;
  /// For so many planes of an x with these spatial extents.
  kernels::PoolGeometry geometry(std::int64_t planes, std::span<const std::int64_t> extents) const;
};

/// An op that is recorded for so many spatial axes, under a name of its own.
struct PoolName {
  std::string_view name;
  std::size_t axes;
};

/// The attributes of a pooling with these options. ValueError unless there is one number for each axis.
PoolAttributes pool_attributes(const PoolName& op, const Extents& kernel, const Extents& stride, const Extents& padding,
                               const Operand& x, std::source_location where);
/// The attributes of an adaptive pooling; where the sizes divide x's extents they are those of a plain one.
PoolAttributes adaptive_attributes(const PoolName& op, const Extents& size, const Operand& x,
                                   std::source_location where);

/// The shape of a pooling's value. Throws what a refused pooling throws, and ShapeError for windows of more positions
/// than x's dtype counts exactly.
Shape pooled_shape(const Signature& s, const PoolAttributes& attributes, std::size_t axes);
/// The shape of x, whose extents are among the attributes; y has the value's.
Shape unpooled_shape(const Shape& y, const PoolAttributes& attributes);
/// The attributes with x's spatial extents, for the gradients of a pooling of x.
PoolAttributes with_extents(const PoolAttributes& attributes, const Shape& x);

/// The geometry of a pooling of an x of that shape.
kernels::PoolGeometry geometry_of(const Shape& x, const PoolAttributes& attributes);

/// Describes a pooling or one of its gradients by its options.
void describe_pool(Description& d, std::span<const Word> words);

/// Calls f(loops, T{}) with the loops for the dtype.
template <class F>
void with_pool_loops(DType dtype, F f) {
  visit_floating(dtype, [&]<class T>(T) { f(kernels::pool_loops<T>(), T{}); });
}

/// Calls f(range) for parts of so many rows or planes, on several threads.
template <class F>
void for_pool_parts(const kernels::PoolGeometry& g, std::int64_t count, int threads, F f) {
  const double touched =
      static_cast<double>(g.planes) *
      (static_cast<double>(g.in_plane()) + static_cast<double>(g.out_plane()) * (1.0 + static_cast<double>(g.taps())));
  const std::int64_t parts = std::min(count, count_parts(work::element * touched, threads));
  parallel_for(parts, threads, [&](std::int64_t part, int) { f(range_of(count, part, parts)); });
}

}  // namespace capstan
