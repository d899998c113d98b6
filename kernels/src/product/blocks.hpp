// How a product is cut: into blocks along k and n, in them panels of rows of a and panels of b two vectors wide, and a
// tile of c where two panels meet. With few rows, each panel of b is packed into the first-level cache and meets all
// rows at once; with many, the panels of b are packed into the second-level cache and each panel of rows meets them all.
// Compiled once per instruction set, like the tile.
#pragma once

#include <cstdint>

#include <capstan/kernels/product/product.hpp>

#include "product/pack.hpp"
#include "product/tile.hpp"

namespace capstan::kernels {

/// The cut depends on the sizes alone, not on strides: every element of c is summed in one order. A block of b takes at
/// most half a megabyte, so that it stays in a second-level cache.
template <class T>
struct ProductBlocks {
  static constexpr std::int64_t depth_limit = undivided_depth, breadth_limit = 1024 / sizeof(T), breadth_unit = 64;
  static constexpr std::int64_t few_panels = 5;
  static constexpr std::int64_t most_rows = 16;  ///< of a packed panel, for any target

  std::int64_t depth;    ///< of a block, along k
  std::int64_t breadth;  ///< of a block, along n

  static constexpr std::int64_t parts(std::int64_t whole, std::int64_t part) { return (whole + part - 1) / part; }

  static constexpr ProductBlocks of(std::int64_t n, std::int64_t k) {
    const std::int64_t depth = k <= depth_limit ? k : parts(k, parts(k, depth_limit));
    const std::int64_t units = parts(n, breadth_unit);
    return {depth, n <= breadth_limit ? units * breadth_unit : parts(units, parts(n, breadth_limit)) * breadth_unit};
  }

  constexpr std::int64_t scratch_for_a() const { return few_panels * most_rows * depth; }
  constexpr std::int64_t scratch_for_b() const { return breadth * depth; }
};

template <class Target, class T>
class BlockedProduct {
 public:
  static __attribute__((noinline)) void run(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c,
                                            bool accumulate, T* scratch) {
    BlockedProduct{a, b, c, scratch}.blocks(accumulate);
  }

 private:
  using Pack = Packer<Target, T>;
  using Cut = ProductBlocks<T>;
  static constexpr std::int64_t lanes = Pack::lanes, width = Pack::width;
  static constexpr std::int64_t cached = (4 << 20) / sizeof(T);  ///< elements that the caches may well hold
  static constexpr std::int64_t crowd = 10;                      ///< rows of a tile that such a set has room for

  /// Rows of a and c, and where those of a begin in the block at hand, packed or not.
  struct Rows {
    std::int64_t first, count;
    const T* a;
    std::int64_t stride, step;
  };
  /// Columns of b and c in the block at hand.
  struct Columns {
    std::int64_t first, count;
    const T* b;
    std::int64_t step;
  };

  BlockedProduct(const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c, T* scratch)
      : a_{a},
        b_{b},
        c_{c},
        cut_{Cut::of(c.columns, a.columns)},
        packed_a_{scratch},
        packed_b_{scratch + cut_.scratch_for_a()},
        panels_{Cut::parts(a.rows, rows_of_a_tile(a))},
        least_{panels_ == 1 ? a.rows : a.rows / panels_},
        taller_{a.rows - least_ * panels_},
        pack_a_{packing_a_pays(a, c.columns)},
        pack_b_{(b.column_stride != 1 && b.columns != 1) || panels_ >= Cut::few_panels},
        ahead_{b.rows * b.columns > cached} {}

  /// Rows that lie a multiple of 4 KB apart all fall into one set of the first-level cache, which has 8 or 12 places.
  static std::int64_t rows_of_a_tile(const Matrix<const T>& a) {
    constexpr std::int64_t most = Target::tile_rows, apart = 4096 / sizeof(T);
    return most > crowd && a.column_stride == 1 && a.row_stride % apart == 0 ? crowd : most;
  }

  /// Rows that lie side by side are as good as packed, unless the steps of k lie pages apart.
  static bool packing_a_pays(const Matrix<const T>& a, std::int64_t columns) {
    constexpr std::int64_t far = 16384 / sizeof(T);
    if (a.column_stride == 1 || columns <= 2 * width) return false;
    return a.row_stride != 1 || a.column_stride > far || a.column_stride < -far;
  }

  void blocks(bool accumulate) {
    for (column_ = 0; column_ < c_.columns; column_ += cut_.breadth) {
      breadth_ = smaller(cut_.breadth, c_.columns - column_);
      for (step_ = 0; step_ < a_.columns; step_ += cut_.depth) {
        depth_ = smaller(cut_.depth, a_.columns - step_);
        accumulate_ = accumulate || step_ > 0;
        if (panels_ <= Cut::few_panels) {
          few_rows();
        } else {
          many_rows();
        }
      }
    }
  }

  void few_rows() {
    Rows rows[Cut::few_panels];
    for (std::int64_t panel = 0; panel < panels_; ++panel) {
      rows[panel] = rows_of(panel, packed_a_ + panel * Cut::most_rows * depth_);
    }
    for (std::int64_t j = 0; j < breadth_; j += width) {
      const Columns columns = columns_from(j, packed_b_);
      for (std::int64_t panel = 0; panel < panels_; ++panel) tile(rows[panel], columns);
    }
  }

  void many_rows() {
    for (std::int64_t j = 0; j < breadth_; j += width) columns_from(j, packed_b_ + j * depth_);
    for (std::int64_t panel = 0; panel < panels_; ++panel) {
      const Rows rows = rows_of(panel, packed_a_);
      for (std::int64_t j = 0; j < breadth_; j += width) {
        const std::int64_t count = smaller(width, breadth_ - j);
        tile(rows, {j, count, packed_b_ + j * depth_, Pack::panel(count)});
      }
    }
  }

  /// Heights of panels differ by one at most; the taller ones come first.
  Rows rows_of(std::int64_t panel, T* packed) const {
    const std::int64_t first = panel * least_ + smaller(panel, taller_), count = least_ + (panel < taller_ ? 1 : 0);
    const T* const a = a_.data + first * a_.row_stride + step_ * a_.column_stride;
    if (!pack_a_) return {first, count, a, a_.row_stride, a_.column_stride};
    return {first, count, packed, 1, Pack::rows(a, a_.row_stride, a_.column_stride, depth_, count, packed)};
  }

  Columns columns_from(std::int64_t j, T* packed) const {
    const std::int64_t count = smaller(width, breadth_ - j);
    const T* const b = b_.data + step_ * b_.row_stride + (column_ + j) * b_.column_stride;
    if (!pack_b_ && (Target::masks || count == width)) return {j, count, b, b_.row_stride};
    Pack::columns(b, b_.row_stride, b_.column_stride, depth_, count, ahead_, packed);
    return {j, count, packed, Pack::panel(count)};
  }

  void tile(const Rows& rows, const Columns& columns) const {
    const int vectors = columns.count > lanes ? 2 : 1, last = static_cast<int>(columns.count - (vectors - 1) * lanes);
    T* const c = c_.data + rows.first * c_.row_stride + column_ + columns.first;
    const auto height = static_cast<int>(rows.count);
    const TileKernel<T> kernel = vectors == 2 ? tile_kernel<Target, T, 2>(height) : tile_kernel<Target, T, 1>(height);
    kernel({rows.a, rows.stride, rows.step, columns.b, columns.step, c, c_.row_stride, depth_, last, accumulate_});
  }

  static std::int64_t smaller(std::int64_t x, std::int64_t y) { return x < y ? x : y; }

  const Matrix<const T>& a_;
  const Matrix<const T>& b_;
  const Matrix<T>& c_;
  const Cut cut_;
  T* const packed_a_;
  T* const packed_b_;
  const std::int64_t panels_;          ///< of rows
  const std::int64_t least_, taller_;  ///< rows of a panel, and how many panels have one more
  const bool pack_a_, pack_b_;
  const bool ahead_;  ///< whether packing b asks for memory ahead
  // The block at hand.
  std::int64_t step_ = 0, column_ = 0, depth_ = 0, breadth_ = 0;
  bool accumulate_ = false;
};

}  // namespace capstan::kernels
