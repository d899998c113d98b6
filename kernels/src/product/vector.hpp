// Products with one row or one column, y = m·x, where k is long. They are bound by reading m once, so m is read in the
// order in which it lies, along its rows or down its columns. The sums have one order all the same: as many partial sums
// as a vector has lanes, the step p of k in number p modulo lanes, added in halves at the end. Along rows these are the
// lanes of a register, down columns they are rows of scratch, or registers where m is small enough to be read in any
// order. Stretches of k are summed by themselves and added one after the other, so that a long product can be made in
// pieces of k.
#pragma once

#include <cstdint>

#include "product/vector_columns.hpp"
#include "product/vector_operands.hpp"
#include "product/vector_rows.hpp"
#include "product/vector_strips.hpp"

namespace capstan::kernels {

/// The choice among the ways to read m.
template <class Target, class T>
class VectorProduct {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  /// With a short k, what is left over at the ends would be most of the work.
  static bool pays(std::int64_t k) { return k >= 4 * lanes; }

  static __attribute__((noinline)) void run(const VectorOperands<T>& v, T* scratch) {
    const bool is_cached = v.rows * v.columns <= Blocks::cached;
    if (goes_along_rows(v)) {
      is_cached ? Rows::template run<false>(v, scratch) : Rows::template run<true>(v, scratch);
    } else if (v.rows * v.columns <= Blocks::near) {
      VectorStrips<Target, T>::run(v);
    } else {
      is_cached ? Columns::template run<false>(v, scratch) : Columns::template run<true>(v, scratch);
    }
  }

  /// Adds a piece of the columns to the partial sums of its stretch, and asks for the next piece. One of the strides is 1,
  /// and x's is.
  static void add(const VectorOperands<T>& v, bool begins_stretch, T* sums) {
    if (begins_stretch) Columns::clear(v.rows, sums);
    if (!goes_along_rows(v)) return Columns::template add_columns<true>(v, v.columns * v.column_stride, sums);
    Rows::add(v, sums);
  }

  /// The sum of a stretch that was added piece by piece.
  static void take(const VectorOperands<T>& v, T* sums) {
    goes_along_rows(v) ? Rows::take(v, sums) : Columns::take(v, sums);
  }

 private:
  using Rows = VectorRows<Target, T>;
  using Columns = VectorColumns<Target, T>;
  using Blocks = VectorBlocks<T>;

  static bool goes_along_rows(const VectorOperands<T>& v) { return v.row_stride != 1 || v.rows == 1; }
};

}  // namespace capstan::kernels
