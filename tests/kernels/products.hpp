// Operands of products as they may lie in memory, outputs and scratch that notice what is written beside them, and a
// product checked against sums in long double.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <vector>

#include <fmt/core.h>

#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "kernel_call.hpp"

namespace products {

using namespace capstan;
using namespace capstan::kernels;

enum class Lies { by_rows, by_columns, spread, backwards, one_row, one_column };
constexpr std::array all_layouts = {Lies::by_rows,   Lies::by_columns, Lies::spread,
                                    Lies::backwards, Lies::one_row,    Lies::one_column};

/// A matrix in memory that is NaN wherever it has no element, so that a kernel that uses such a place is found out.
template <class T>
struct Factor {
  std::vector<T> memory;
  Matrix<const T> matrix;

  T at(std::int64_t i, std::int64_t j) const { return matrix.data[i * matrix.row_stride + j * matrix.column_stride]; }
};

template <class T>
Factor<T> factor(std::int64_t rows, std::int64_t columns, Lies lies, Rng& rng) {
  std::int64_t row = columns + 3, column = 1;
  if (lies == Lies::by_columns) row = 1, column = rows + 3;
  if (lies == Lies::spread) row = 2 * columns + 1, column = 2;
  if (lies == Lies::backwards) row = -columns - 2, column = -1;
  if (lies == Lies::one_row) row = 0, column = 1;
  if (lies == Lies::one_column) row = 1, column = 0;
  const std::int64_t last = std::max<std::int64_t>(rows - 1, 0) * row + std::max<std::int64_t>(columns - 1, 0) * column;
  const std::int64_t size = std::abs(last) + 1, margin = 64, first = margin + (last < 0 ? -last : 0);
  Factor<T> result;
  result.memory.assign(static_cast<std::size_t>(size + 2 * margin), std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      result.memory[static_cast<std::size_t>(first + i * row + j * column)] = static_cast<T>(rng.uniform() * 2.0 - 1.0);
    }
  }
  result.matrix = {result.memory.data() + first, rows, columns, row, column};
  return result;
}

template <class T>
Factor<T> row_major_copy(const Factor<T>& x) {
  Factor<T> copy;
  copy.memory.resize(static_cast<std::size_t>(x.matrix.rows * x.matrix.columns));
  copy.matrix = {copy.memory.data(), x.matrix.rows, x.matrix.columns, x.matrix.columns, 1};
  for (std::int64_t i = 0; i < x.matrix.rows; ++i) {
    for (std::int64_t j = 0; j < x.matrix.columns; ++j) {
      copy.memory[static_cast<std::size_t>(i * x.matrix.columns + j)] = x.at(i, j);
    }
  }
  return copy;
}

/// c with memory around and between its rows that must stay as it is.
template <class T>
struct Output {
  static constexpr T guard = T(-12345);
  static constexpr std::int64_t margin = 64, gap = 5;
  std::int64_t rows, columns;
  std::vector<T> memory;

  Output(std::int64_t m, std::int64_t n, T start) : rows{m}, columns{n} {
    memory.assign(static_cast<std::size_t>(m * (n + gap) + 2 * margin), guard);
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(&at(i, 0), n, start);
  }

  T& at(std::int64_t i, std::int64_t j) { return memory[static_cast<std::size_t>(margin + i * (columns + gap) + j)]; }
  Matrix<T> matrix() { return {memory.data() + margin, rows, columns, columns + gap, 1}; }

  bool is_unharmed() const {
    for (std::size_t at = 0; at < memory.size(); ++at) {
      const std::int64_t place = static_cast<std::int64_t>(at) - margin;
      const bool inside = place >= 0 && place < rows * (columns + gap) && place % (columns + gap) < columns;
      if (!inside && memory[at] != guard) return false;
    }
    return true;
  }
};

/// Scratch of the size that is asked for, and whether more than that was written.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes)
      : bytes_{bytes}, memory_{Tensor::empty({static_cast<std::int64_t>(bytes / 4) + 16})} {
    std::memset(memory_.raw(), 0x5A, bytes + 64);
  }
  void* data() const { return memory_.raw(); }
  bool is_unharmed() const {
    const auto* const end = static_cast<const unsigned char*>(memory_.raw()) + bytes_;
    return std::all_of(end, end + 64, [](unsigned char c) { return c == 0x5A; });
  }

 private:
  std::size_t bytes_;
  Tensor memory_;
};

template <class T>
Output<T> run(Isa isa, const Factor<T>& a, const Factor<T>& b, bool accumulate, T start) {
  const std::int64_t m = a.matrix.rows, n = b.matrix.columns, k = a.matrix.columns;
  Output<T> c{m, n, start};
  const Scratch scratch{product_scratch_bytes(m, n, k, dtype_of<T>())};
  product(isa, a.matrix, b.matrix, c.matrix(), accumulate, scratch.data());
  REQUIRE(scratch.is_unharmed());
  REQUIRE(c.is_unharmed());
  return c;
}

/// The largest error in c, as a part of what is allowed.
template <class T>
double worst_error(const Factor<T>& a, const Factor<T>& b, Output<T>& c, T start) {
  double worst = 0.0;
  const auto k = static_cast<double>(a.matrix.columns);
  for (std::int64_t i = 0; i < c.rows; ++i) {
    for (std::int64_t j = 0; j < c.columns; ++j) {
      long double sum = start, magnitude = std::abs(start);
      for (std::int64_t p = 0; p < a.matrix.columns; ++p) {
        const long double term = static_cast<long double>(a.at(i, p)) * b.at(p, j);
        sum += term;
        magnitude += std::abs(term);
      }
      const double allowed = k * std::numeric_limits<T>::epsilon() * static_cast<double>(magnitude);
      const double error = std::abs(static_cast<double>(c.at(i, j) - sum));
      if (!(error <= allowed)) worst = std::max(worst, allowed > 0.0 && error > 0.0 ? error / allowed : 1e300);
    }
  }
  return worst;
}

template <class T>
bool have_same_bits(Output<T>& x, Output<T>& y) {
  for (std::int64_t i = 0; i < x.rows; ++i) {
    if (std::memcmp(&x.at(i, 0), &y.at(i, 0), static_cast<std::size_t>(x.columns) * sizeof(T)) != 0) return false;
  }
  return true;
}

struct Sizes {
  std::int64_t m, n, k;
};

/// One product, with and without adding to what is there; against long double, and against row-major copies.
template <class T>
void check(Isa isa, const Sizes& s, Lies a_lies, Lies b_lies, Rng& rng) {
  INFO(fmt::format("{}, {}: ({}, {}) · ({}, {}), layouts {} and {}", name_of(isa), name_of(dtype_of<T>()), s.m, s.k,
                   s.k, s.n, static_cast<int>(a_lies), static_cast<int>(b_lies)));
  const Factor<T> a = factor<T>(s.m, s.k, a_lies, rng), b = factor<T>(s.k, s.n, b_lies, rng);
  const Factor<T> a_copy = row_major_copy(a), b_copy = row_major_copy(b);
  Output<T> written = run<T>(isa, a, b, false, std::numeric_limits<T>::quiet_NaN());
  CHECK(worst_error<T>(a, b, written, T(0)) == 0.0);
  Output<T> of_copies = run<T>(isa, a_copy, b_copy, false, T(0));
  CHECK(have_same_bits(written, of_copies));
  Output<T> added = run<T>(isa, a, b, true, T(0.75));
  CHECK(worst_error<T>(a, b, added, T(0.75)) == 0.0);
  Output<T> copies_added = run<T>(isa, a_copy, b_copy, true, T(0.75));
  CHECK(have_same_bits(added, copies_added));
}

inline Lies any_layout(Rng& rng) { return all_layouts[static_cast<std::size_t>(rng.uniform() * 5.999)]; }

}  // namespace products
