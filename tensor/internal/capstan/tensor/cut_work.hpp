// How work is cut into parts that threads take. There is one measure of work, whatever it is, and one least work of a part;
// what parts compute does not depend on how many there are.
#pragma once

#include <algorithm>
#include <cstdint>

namespace capstan {

/// The least work of a part. The unit is an elementwise operation on one element, so that a part takes 10 to 60
/// microseconds where memory is near: longer than waking a thread.
constexpr std::int64_t part_work = 1 << 17;

/// What other items are worth in that unit, within a factor of 2 or so: a part's work need not be exact.
namespace work {
constexpr double element = 1.0;          ///< that is added up, compared, or goes through one elementwise operation
constexpr double copied_byte = 0.25;     ///< from one layout to another
constexpr double multiplication = 0.25;  ///< of a product of matrices, with its addition
constexpr double updated_element = 2.0;  ///< of a parameter, by an optimizer
constexpr double softmax_element = 4.0;  ///< with its exponential
constexpr double random_number = 16.0;
}  // namespace work

/// How many items make a part, each worth so much.
constexpr std::int64_t items_of_part(double each) noexcept {
  return static_cast<std::int64_t>(static_cast<double>(part_work) / each);
}

/// Into how many parts it pays to cut so much work, at least 1: each is a part's work at least.
constexpr std::int64_t count_parts(double work, int threads) noexcept {
  constexpr double most = 1e6;
  return threads == 1 ? 1 : std::max<std::int64_t>(static_cast<std::int64_t>(std::min(work / part_work, most)), 1);
}

struct Range {
  std::int64_t begin, end;
};

/// What a part has of so many items that are cut into parts of whole units; the last one has those that make no unit.
constexpr Range range_of(std::int64_t whole, std::int64_t part, std::int64_t parts, std::int64_t unit = 1) noexcept {
  const std::int64_t units = whole / unit;
  return {units * part / parts * unit, part + 1 == parts ? whole : units * (part + 1) / parts * unit};
}

}  // namespace capstan
