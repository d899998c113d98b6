// How the work of ops that only move memory is divided for threads.
#pragma once

#include <cstdint>

#include <capstan/tensor/cut_work.hpp>

namespace capstan {

/// The number of parts that are worth waking threads for; 1 on one thread.
inline std::int64_t copy_parts(std::int64_t bytes, int threads) {
  return count_parts(work::copied_byte * static_cast<double>(bytes), threads);
}

/// A part of a number of rows: some whole rows or, if there are few, some columns of each.
struct RowsPart {
  Range rows, columns;
};
inline RowsPart part_of(std::int64_t rows, std::int64_t columns, std::int64_t part, std::int64_t parts) {
  if (rows >= parts) return {range_of(rows, part, parts), {0, columns}};
  return {{0, rows}, range_of(columns, part, parts)};
}

}  // namespace capstan
