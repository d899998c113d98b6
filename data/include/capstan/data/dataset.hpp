// Dataset: examples to learn from, as two tensors. Examples lie on the last axis: X is (features, m), Y is (m) of i32
// for labels or (outputs, m) for numbers. A file with one example a row is read as the transposed view of its memory.
#pragma once

#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/data/columns.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::data {

struct Dataset {
  Tensor x;                                     ///< (features, m), or any rank with the examples last
  Tensor y;                                     ///< (m) labels, or (outputs, m) numbers
  std::vector<std::string> feature_names = {};  ///< of the rows of x, where known
  std::vector<std::string> class_names = {};    ///< label k means class_names[k], where known
  /// The columns of the file, where load_csv read it; parts that are cut of one set share them, as they never change.
  std::shared_ptr<const FileColumns> columns = {};

  /// m, the number of examples.
  std::int64_t examples() const noexcept { return x.rank() == 0 ? 0 : x.shape()[-1]; }
};

/// Examples to learn from and examples held back: `const auto [train, test] = …`.
struct Split {
  Dataset train;
  Dataset test;
};

/// Checks that x and y have the same number of examples. `who` stands in front of the message.
///
/// Throws    ShapeError, naming both shapes.
void check(const Dataset& dataset, std::string_view who, std::source_location where = std::source_location::current());

/// Checks that the rows of x and the labels mean the same in both sets, where both have names for them. `other_name` is
/// what messages call the second set; the first one is "train".
///
/// Throws    ValueError, naming the first difference.
void check_names(const Dataset& train, const Dataset& other, std::string_view other_name, std::string_view who,
                 std::source_location where = std::source_location::current());

/// The examples at these positions, in this order, in memory of their own (example after example).
///
/// Throws    IndexError for a position outside 0 … m−1; ShapeError if x and y do not have the same m.
/// Cost      one copy of what is taken.
Dataset take(const Dataset& dataset, std::span<const std::int64_t> positions,
             std::source_location where = std::source_location::current());

}  // namespace capstan::data
