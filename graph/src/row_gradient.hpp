// RowGradient: a row-sparse gradient, put together from rows that may come in any order and several times. Its rows are
// sorted by their indices, each once. What is added to one row is added in the order in which it came, so that the bits
// do not depend on threads.
#pragma once

#include <cstdint>
#include <source_location>
#include <vector>

#include <capstan/graph/gradients.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

class engine::RowGradient {
 public:
  RowGradient(const Shape& table, DType dtype) : table_{table}, dtype_{dtype} {}

  /// Forgets the value and keeps its memory, which the next one fills again unless somebody else looks at it.
  void begin() noexcept;
  /// Adds rows (n, …) at indices (n) of i32. IndexError for one outside the table.
  void add(const Tensor& indices, const Tensor& rows, std::source_location where);
  /// Sorts and sums them, on so many threads at most.
  void finish(int threads);

  const Shape& table() const noexcept { return table_; }
  DType dtype() const noexcept { return dtype_; }
  const SparseRows& value() const noexcept { return value_; }
  /// Rows of the same shape in their place.
  void replace(const Tensor& rows);
  Tensor& rows() noexcept { return value_.rows; }

  Tensor dense() const;
  /// Adds the rows to a row-major tensor of the table's shape.
  void add_to(Tensor& dense) const;

 private:
  struct Piece {
    std::int64_t first;  ///< number of its first row
    Tensor indices;
    Tensor rows;
  };
  template <class T>
  void sum_rows(int threads);

  Shape table_;
  DType dtype_;
  SparseRows value_;
  std::vector<Piece> pieces_;
  std::vector<std::uint64_t> keys_, spare_keys_;  ///< of each row: its index, and in the lower half its number
  std::vector<std::size_t> starts_;               ///< where the keys of another index begin, and where they end
};

}  // namespace capstan
