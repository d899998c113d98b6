// How the work of ops that only move memory is divided for threads.
#pragma once

#include <algorithm>
#include <cstdint>

namespace capstan {

/// The number of parts that are worth waking threads for; 1 on one thread.
inline std::int64_t copy_parts(std::int64_t bytes, int threads) {
  constexpr std::int64_t least_bytes = 1 << 19;
  return threads == 1 ? 1 : std::max<std::int64_t>(bytes / least_bytes, 1);
}

struct Range {
  std::int64_t begin, end;
};
inline Range range_of(std::int64_t whole, std::int64_t part, std::int64_t parts) {
  return {whole * part / parts, whole * (part + 1) / parts};
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
