// A matrix times a vector down the columns of the matrix: the partial sums are rows of scratch, to which a few columns are
// added at a time.
#pragma once

#include <cstdint>

#include "product/basics.hpp"
#include "product/vector_operands.hpp"

namespace capstan::kernels {

template <class Target, class T>
class VectorColumns {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  template <bool Ahead>
  static void run(const VectorOperands<T>& v, T* sums) {
    const std::int64_t most = v.rows <= Blocks::longest ? Blocks::longest : Blocks::page;
    VectorOperands<T> part = v;
    for (std::int64_t i = 0; i < v.rows; i += most) {
      part.m = v.m + i;
      part.y = v.y + i * v.y_stride;
      part.rows = Sums::smaller(most, v.rows - i);
      Sums::for_stretches(part, [sums](const VectorOperands<T>& stretch) {
        clear(stretch.rows, sums);
        add_columns<Ahead>(stretch, stretch.column_stride, sums);
        add_halves(sums, whole_lanes(stretch.rows));
        for (std::int64_t j = 0; j < stretch.rows; ++j) Sums::put(stretch, j, sums[j], stretch.accumulate);
      });
    }
  }

  /// Before a stretch is added piece by piece.
  static void clear(std::int64_t rows, T* sums) {
    for (std::int64_t j = 0; j < lanes * whole_lanes(rows); j += lanes) Target::store(sums + j, Batch{});
  }

  /// Adds a piece of the columns to the partial sums, and asks for the memory that lies so far ahead.
  template <bool Ahead>
  static void add_columns(const VectorOperands<T>& v, std::int64_t ahead, T* sums) {
    const std::int64_t row = whole_lanes(v.rows);
    std::int64_t p = 0;
    for (; p + Blocks::columns * lanes <= v.columns; p += Blocks::columns * lanes) {
      for (std::int64_t lane = 0; lane < lanes; ++lane)
        columns<Blocks::columns, Ahead>(v, p + lane, ahead, sums + lane * row);
    }
    for (; p < v.columns; ++p) columns<1, Ahead>(v, p, ahead, sums + p % lanes * row);
  }

  static void take(const VectorOperands<T>& v, T* sums) {
    add_halves(sums, whole_lanes(v.rows));
    for (std::int64_t i = 0; i < v.rows; ++i) v.y[i] = sums[i];
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Blocks = VectorBlocks<T>;
  using Sums = VectorSums<Target, T>;

  /// Of a row of partial sums.
  static std::int64_t whole_lanes(std::int64_t rows) { return (rows + lanes - 1) / lanes * lanes; }

  /// Adds the columns p, p + lanes, … times their elements of x.
  template <int Columns, bool Ahead>
  static void columns(const VectorOperands<T>& v, std::int64_t p, std::int64_t ahead, T* sums) {
    const T* const m = v.m + p * v.column_stride;
    const std::int64_t stride = lanes * v.column_stride;
    Batch x[Columns];
    repeat<Columns>([&](auto c) { x[c] = Target::all(v.x[(p + c * lanes) * v.x_stride]); });
    std::int64_t j = 0;
    for (; j + lanes <= v.rows; j += lanes) {
      Batch sum = Target::load(sums + j);
      repeat<Columns>([&](auto c) {
        const T* const at = m + c * stride + j;
        if (Ahead) prefetch(at, ahead);
        sum = Target::multiply_add(Target::load(at), x[c], sum);
      });
      Target::store(sums + j, sum);
    }
    if (j == v.rows) return;
    const auto mask = Target::template first<T>(static_cast<int>(v.rows - j));
    Batch sum = Target::load(sums + j);
    repeat<Columns>(
        [&](auto c) { sum = Target::multiply_add(Target::load_first(m + c * stride + j, mask), x[c], sum); });
    Target::store(sums + j, sum);
  }

  /// As Target::sum adds lanes.
  static void add_halves(T* sums, std::int64_t row) {
    for (std::int64_t half = lanes / 2 * row; half >= row; half /= 2) {
      for (std::int64_t j = 0; j < half; j += lanes) {
        Target::store(sums + j, Target::load(sums + j) + Target::load(sums + half + j));
      }
    }
  }
};

}  // namespace capstan::kernels
