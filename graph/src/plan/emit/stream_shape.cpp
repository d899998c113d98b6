#include "plan/emit/stream_shape.hpp"

#include <algorithm>
#include <bit>

#include <capstan/tensor/storage.hpp>

namespace capstan::plan {

namespace {

constexpr std::int64_t strip_bytes = 1 << 18;  // of the matrix: twice that fits an L2 cache
constexpr std::int64_t least_strip = 16;       // elements
constexpr std::int64_t least_run = 256;        // contiguous bytes

// A strip has fewer elements than a chunk, so that no product is the last of one stream and the first of another.
static_assert(strip_bytes / least_strip / static_cast<std::int64_t>(sizeof(float)) <= vector_stretch);

std::int64_t bytes_of_row(const MatrixVector& v, DType dtype) {
  return v.columns * static_cast<std::int64_t>(size_of(dtype));
}

/// Elements of a strip; a power of two.
std::int64_t strip_of(std::int64_t row_bytes) {
  const auto fits = static_cast<std::uint64_t>(strip_bytes / row_bytes);
  return std::min(static_cast<std::int64_t>(std::bit_floor(fits)), tile_elements);
}

std::int64_t chunks_of(std::int64_t elements) { return (elements + vector_stretch - 1) / vector_stretch; }

}  // namespace

bool can_begin_stream(const MatrixVector& product, DType dtype, int threads) {
  if (product.rows <= vector_stretch || chunks_of(product.rows) < threads) return false;
  const std::int64_t row_bytes = bytes_of_row(product, dtype), strip = strip_of(row_bytes);
  const std::int64_t run = product.column_stride == 1 ? row_bytes : strip * row_bytes / product.columns;
  return strip >= least_strip && run >= least_run && product.rows * row_bytes >= least_streamed_bytes;
}

Stream shape_stream(const MatrixVector& first, const MatrixVector& second, DType dtype, std::int64_t workers) {
  const std::int64_t row_bytes = bytes_of_row(first, dtype);
  const std::size_t sums_offset = aligned(first.scratch_bytes), worker_bytes = sums_offset + aligned(second.sums_bytes);
  Stream stream{.parts = {},
                .first = first,
                .second = second,
                .strip = strip_of(row_bytes),
                .worker_bytes = worker_bytes,
                .sums_offset = sums_offset,
                .parts_offset = worker_bytes * static_cast<std::size_t>(workers),
                .part_bytes = static_cast<std::size_t>(row_bytes),
                .scratch_bytes = 0};
  stream.scratch_bytes = stream.parts_offset + stream.part_bytes * static_cast<std::size_t>(chunks_of(first.rows));
  return stream;
}

}  // namespace capstan::plan
