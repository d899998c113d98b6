#include "row_gradient.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/tensor_access.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

namespace {

constexpr int index_shift = 32;

std::int64_t index_of(std::uint64_t key) { return static_cast<std::int64_t>(key >> index_shift); }
std::int64_t number_of(std::uint64_t key) { return static_cast<std::int64_t>(key & UINT32_MAX); }

std::int64_t width_of(const Shape& table) { return table[0] == 0 ? 0 : table.elements() / table[0]; }

Shape with_rows(const Shape& table, std::size_t count) {
  Strides extents(table.begin(), table.end());
  extents[0] = static_cast<std::int64_t>(count);
  return Shape(extents);
}

/// Sorts keys whose numbers ascend. Many are sorted by digits of their indices, the lowest first, which takes a time that
/// does not grow faster than they do.
void sort_keys(std::vector<std::uint64_t>& keys, std::vector<std::uint64_t>& spare, std::int64_t table_rows) {
  constexpr std::size_t few = 256;
  constexpr int digit_bits = 11;
  constexpr std::uint64_t digits = std::uint64_t{1} << digit_bits;
  if (keys.size() <= few) return std::sort(keys.begin(), keys.end());
  spare.resize(keys.size());
  constexpr int most_bits = 31;  // of an index
  const auto bits = std::min(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(table_rows - 1))), most_bits);
  for (int shift = index_shift; shift < index_shift + bits; shift += digit_bits) {
    std::array<std::size_t, digits> starts{};
    for (const std::uint64_t key : keys) ++starts[key >> shift & (digits - 1)];
    std::size_t start = 0;
    for (std::size_t& count : starts) start += std::exchange(count, start);
    for (const std::uint64_t key : keys) spare[starts[key >> shift & (digits - 1)]++] = key;
    keys.swap(spare);
  }
}

/// Makes x a row-major tensor of so many rows, in the memory that it has where that is its own and large enough. New
/// memory has room for `most` rows.
void refill(Tensor& x, const Shape& table, DType dtype, std::size_t count, std::size_t most) {
  const Shape shape = with_rows(table, count);
  const std::size_t bytes = static_cast<std::size_t>(shape.elements()) * size_of(dtype);
  const StoragePtr& held = x.storage();
  const bool fits = held && held->owned() && held->unique() && held->bytes() >= bytes;
  const StoragePtr memory = fits ? held : Tensor::empty(with_rows(table, most), dtype).storage();
  x = TensorAccess::make(memory, memory->data(), shape, dtype);
}

Tensor row_major_of(const Tensor& x) { return x.is_contiguous() ? x : x.copy(); }

}  // namespace

void RowGradient::begin() noexcept {
  pieces_.clear();
  keys_.clear();
}

void RowGradient::add(const Tensor& indices, const Tensor& rows, std::source_location where) {
  const auto first = static_cast<std::int64_t>(keys_.size());
  if (indices.elements() > UINT32_MAX - first) {
    throw ShapeError{
        fmt::format("gradients: more than {} rows are added to a table {}\n  at {}", UINT32_MAX, table_, place(where))};
  }
  pieces_.push_back({first, row_major_of(indices), row_major_of(rows)});
  keys_.reserve(keys_.size() + static_cast<std::size_t>(indices.elements()));
  std::uint64_t number = keys_.size();
  for (const std::int32_t index : pieces_.back().indices.data<std::int32_t>()) {
    if (index < 0 || index >= table_[0]) {
      throw IndexError{fmt::format("gradients: index {} at position {} is out of range for {} rows\n  at {}", index,
                                   number - static_cast<std::uint64_t>(first), table_[0], place(where))};
    }
    keys_.push_back(static_cast<std::uint64_t>(index) << index_shift | number++);
  }
}

void RowGradient::replace(const Tensor& rows) { value_.rows = row_major_of(rows); }

void RowGradient::finish(int threads) {
  sort_keys(keys_, spare_keys_, table_[0]);
  starts_.clear();
  starts_.reserve(keys_.size() + 1);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    if (i == 0 || index_of(keys_[i]) != index_of(keys_[i - 1])) starts_.push_back(i);
  }
  const std::size_t count = starts_.size();
  starts_.push_back(keys_.size());
  refill(value_.indices, Shape{table_[0]}, DType::i32, count, keys_.size());
  refill(value_.rows, table_, dtype_, count, keys_.size());
  auto* const indices = static_cast<std::int32_t*>(value_.indices.raw());
  for (std::size_t i = 0; i < count; ++i) indices[i] = static_cast<std::int32_t>(index_of(keys_[starts_[i]]));
  visit_floating(dtype_, [&]<class T>(T) { sum_rows<T>(threads); });
  pieces_.clear();
}

/// Sums begin with 0, as those in a table of zeros do.
template <class T>
void RowGradient::sum_rows(int threads) {
  constexpr std::int64_t block_elements = 1 << 15;
  const std::int64_t width = width_of(table_), count = value_.indices.elements();
  const std::int64_t block = std::max<std::int64_t>(block_elements / std::max<std::int64_t>(width, 1), 1);
  T* const sums = static_cast<T*>(value_.rows.raw());
  const auto row = [this, width](std::int64_t number) {
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), number,
                                        [](std::int64_t n, const Piece& piece) { return n < piece.first; });
    const Piece& piece = *std::prev(after);
    return static_cast<const T*>(piece.rows.raw()) + (number - piece.first) * width;
  };
  parallel_for((count + block - 1) / block, threads, [&](std::int64_t number, int) {
    for (std::int64_t i = number * block; i < std::min((number + 1) * block, count); ++i) {
      T* const sum = sums + i * width;
      std::size_t at = starts_[static_cast<std::size_t>(i)];
      const T* const first = row(number_of(keys_[at]));
      for (std::int64_t k = 0; k < width; ++k) sum[k] = T{} + first[k];
      while (++at < starts_[static_cast<std::size_t>(i) + 1]) {
        const T* const addend = row(number_of(keys_[at]));
        for (std::int64_t k = 0; k < width; ++k) sum[k] += addend[k];
      }
    }
  });
}

Tensor RowGradient::dense() const {
  Tensor result = Tensor::zeros(table_, dtype_);
  add_to(result);
  return result;
}

void RowGradient::add_to(Tensor& dense) const {
  const std::int64_t width = width_of(table_), count = value_.indices.elements();
  visit_floating(dtype_, [&]<class T>(T) {
    T* const table = dense.mutable_data<T>().data();
    const T* row = value_.rows.data<T>().data();
    const std::int32_t* const indices = value_.indices.data<std::int32_t>().data();
    for (std::int64_t i = 0; i < count; ++i, row += width) {
      for (std::int64_t k = 0; k < width; ++k) table[indices[i] * width + k] += row[k];
    }
  });
}

}  // namespace capstan
