// Packing: copies panels of a matrix so that the tile kernel reads them from front to back.
#pragma once

#include <cstdint>

#include "product/basics.hpp"

namespace capstan::kernels {

template <class Target, class T>
class Packer {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;
  static constexpr std::int64_t width = 2 * lanes;

  /// The width of a panel of n columns: two vectors, or one if that is enough.
  static constexpr std::int64_t panel(std::int64_t n) { return n > lanes ? width : lanes; }

  /// A panel of n ≤ width columns, a row of columns per step of k, filled up with zeros. With `ahead`, columns that lie
  /// one by one ask for those of the next panel, which pays only where b has to come from memory.
  static void columns(const T* b, std::int64_t row_stride, std::int64_t column_stride, std::int64_t depth,
                      std::int64_t n, bool ahead, T* out) {
    if (column_stride == 1) {
      row_major(b, row_stride, depth, n, panel(n), out);
    } else if (row_stride == 1) {
      transposed(b, column_stride, depth, n, panel(n), ahead, out);
    } else {
      strided(b, row_stride, column_stride, depth, n, panel(n), out);
    }
  }

  /// A panel of rows: for each step of k its rows next to each other. Returns the distance between steps.
  static std::int64_t rows(const T* a, std::int64_t row_stride, std::int64_t column_stride, std::int64_t depth,
                           std::int64_t rows, T* out) {
    if (Target::masks && row_stride == 1) {
      const std::int64_t step = (rows + lanes - 1) / lanes * lanes;
      row_major(a, column_stride, depth, rows, step, out);
      return step;
    }
    strided(a, column_stride, row_stride, depth, rows, rows, out);
    return rows;
  }

 private:
  static void row_major(const T* from, std::int64_t stride, std::int64_t depth, std::int64_t n, std::int64_t panel,
                        T* out) {
    if (!Target::masks && n < panel) return strided(from, stride, 1, depth, n, panel, out);
    const auto mask = Target::template first<T>(static_cast<int>(n - (panel - lanes)));
    for (std::int64_t p = 0; p < depth; ++p) {
      // The neighbouring panel will be wanted next, and lies on the page that is open now.
      prefetch(from, width);
      prefetch(from, width + lanes);
      if (panel == width) Target::store(out, Target::load(from));
      Target::store(out + panel - lanes, Target::load_first(from + panel - lanes, mask));
      from += stride;
      out += panel;
    }
  }

  static void transposed(const T* from, std::int64_t stride, std::int64_t depth, std::int64_t n, std::int64_t panel,
                         bool ahead, T* out) {
    for (std::int64_t j = 0; j < n; j += lanes) {
      const T* const rows = from + j * stride;
      for (std::int64_t p = 0; p < depth; p += lanes) {
        if (ahead) repeat<lanes>([&](auto i) { prefetch(rows + p, (width + i) * stride); });
        Target::transpose(rows + p, stride, smaller(lanes, n - j), smaller(lanes, depth - p), out + p * panel + j,
                          panel);
      }
    }
  }

  static void strided(const T* from, std::int64_t row_stride, std::int64_t column_stride, std::int64_t depth,
                      std::int64_t n, std::int64_t panel, T* out) {
    for (std::int64_t p = 0; p < depth; ++p) {
      for (std::int64_t j = 0; j < n; ++j) out[j] = from[j * column_stride];
      for (std::int64_t j = n; j < panel; ++j) out[j] = T(0);
      from += row_stride;
      out += panel;
    }
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }
};

}  // namespace capstan::kernels
