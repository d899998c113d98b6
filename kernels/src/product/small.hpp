// Products so small that every step before the first multiplication is felt: no block is cut, tiles read a where it lies,
// and b too unless its columns have to be brought next to each other. The sums are those of a block (blocks.hpp),
// in the same order.
#pragma once

#include <cstdint>

#include <capstan/kernels/product/product.hpp>

#include "product/pack.hpp"
#include "product/tile.hpp"

namespace capstan::kernels {

/// Which products are small, and their elements of scratch: a panel of b, two of the widest vectors wide.
struct SmallSizes {
  static constexpr std::int64_t most = 64;
  static constexpr bool fit(std::int64_t m, std::int64_t n, std::int64_t k) {
    return m <= most && n <= most && k <= most;
  }
  template <class T>
  static constexpr std::int64_t scratch(std::int64_t k) {
    return 128 / static_cast<std::int64_t>(sizeof(T)) * k;
  }
};

template <class Target, class T>
class SmallProduct {
 public:
  static void run(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c, bool accumulate, T* scratch) {
    const bool as_it_lies = b.column_stride == 1 || b.columns == 1;
    if (Target::masks && as_it_lies && c.columns <= lanes) return tiles<1>(a, b.data, b.row_stride, c, 0, accumulate);
    for (std::int64_t j = 0; j < c.columns; j += width) {
      const std::int64_t left = c.columns - j, count = left < width ? left : width;
      const T* columns = b.data + j * b.column_stride;
      std::int64_t step = b.row_stride;
      if (!as_it_lies || (!Target::masks && count < width)) {
        Pack::columns(columns, b.row_stride, b.column_stride, a.columns, count, false, scratch);
        columns = scratch;
        step = Pack::panel(count);
      }
      if (count > lanes) {
        tiles<2>(a, columns, step, c, j, accumulate);
      } else {
        tiles<1>(a, columns, step, c, j, accumulate);
      }
    }
  }

 private:
  using Pack = Packer<Target, T>;
  static constexpr std::int64_t lanes = Pack::lanes, width = Pack::width;

  /// The columns of c from j: tiles whose heights differ by one at most.
  template <int Vectors>
  static void tiles(const Matrix<const T>& a, const T* b, std::int64_t step, const Matrix<T>& c, std::int64_t j,
                    bool accumulate) {
    constexpr int height = tile_height<Target, Vectors>;
    const std::int64_t left = c.columns - j - (Vectors - 1) * lanes;
    const int last = static_cast<int>(left < lanes ? left : lanes);
    Tile<T> tile{a.data, a.row_stride, a.column_stride, b, step, c.data + j, c.row_stride, a.columns, last, accumulate};
    auto rows = static_cast<int>(c.rows);
    for (int count = (rows + height - 1) / height; count > 0; --count) {
      const int taken = count == 1 ? rows : (rows + count - 1) / count;
      tile_kernel<Target, T, Vectors>(taken)(tile);
      tile.a += taken * tile.a_row;
      tile.c += taken * tile.c_row;
      rows -= taken;
    }
  }
};

}  // namespace capstan::kernels
