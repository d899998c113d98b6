// The shape of a stream: which products may begin one, and how many elements make a strip.
#pragma once

#include <cstdint>

#include <capstan/tensor/dtype.hpp>

#include "plan/stream.hpp"

namespace capstan::plan {

/// Bytes of a matrix that is not in a near cache when it is read a second time.
constexpr std::int64_t least_streamed_bytes = std::int64_t{1} << 21;

/// True if a product may be the first of a stream: its matrix is large, a strip of it fits the L2 cache and consists of runs
/// of memory that are long enough, and there is a chunk for every thread.
bool can_begin_stream(const MatrixVector& product, DType dtype, int threads);

/// Lays out a stream over a group that runs on `workers` workers; its parts are entered later.
Stream shape_stream(const MatrixVector& first, const MatrixVector& second, DType dtype, std::int64_t workers);

}  // namespace capstan::plan
