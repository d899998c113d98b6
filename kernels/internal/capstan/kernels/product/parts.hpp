// A large product as parts of c that threads compute by themselves. No part has a single row or column that c has not,
// since the sums of those have an order of their own; so the parts give the bits of the whole.
#pragma once

#include <algorithm>
#include <cstdint>

#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/cut_work.hpp>

namespace capstan::kernels {

class ProductParts {
 public:
  /// c is (m, n), and k is what is summed along.
  ProductParts(std::int64_t m, std::int64_t n, std::int64_t k, int threads)
      : m_{m}, n_{n}, k_{k}, by_rows_{m > n}, units_{std::max(m, n) / unit} {
    const double work = work_of(m, n, k);
    const std::int64_t worth = count_parts(work, threads);
    if (worth == 1) return;
    const std::int64_t each = work < most_work * threads ? parts_a_thread : 2 * parts_a_thread;
    count_ = std::clamp<std::int64_t>(each * threads, 1, std::min(worth, std::max<std::int64_t>(units_, 1)));
  }

  static double work_of(std::int64_t m, std::int64_t n, std::int64_t k) {
    return work::multiplication * static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
  }

  static constexpr std::int64_t parts_a_thread = 2;  ///< at least
  /// Work of a thread's parts, beyond which twice as many are better shared.
  static constexpr double most_work = 64 * part_work;

  std::int64_t count() const { return count_; }

  /// Bytes of scratch that the greediest part needs.
  std::size_t scratch_bytes(DType dtype) const {
    std::size_t most = 0;
    for (std::int64_t i = 0; i < count_; ++i) {
      const auto [begin, end] = range(i);
      const std::int64_t size = end - begin;
      most = std::max(most, product_scratch_bytes(by_rows_ ? size : m_, by_rows_ ? n_ : size, k_, dtype));
    }
    return most;
  }

  template <class T>
  void multiply(std::int64_t part, Matrix<const T> a, Matrix<const T> b, Matrix<T> c, bool accumulate,
                void* scratch) const {
    const auto [first, end] = range(part);
    const std::int64_t size = end - first;
    if (by_rows_) {
      a.data += first * a.row_stride;
      c.data += first * c.row_stride;
      a.rows = c.rows = size;
    } else {
      b.data += first * b.column_stride;
      c.data += first;
      b.columns = c.columns = size;
    }
    product(a, b, c, accumulate, scratch);
  }

 private:
  static constexpr std::int64_t unit = 64;  ///< rows or columns: a whole number of tiles of every kernel

  Range range(std::int64_t part) const { return range_of(std::max(m_, n_), part, count_, unit); }

  std::int64_t m_, n_, k_;
  bool by_rows_;
  std::int64_t units_;
  std::int64_t count_ = 1;
};

/// A stack of products as parts: some whole ones, or parts of each where they are fewer than threads could share.
class StackParts {
 public:
  StackParts(std::int64_t stack, std::int64_t m, std::int64_t n, std::int64_t k, int threads)
      : stack_{stack}, each_{m, n, k, stack >= ProductParts::parts_a_thread * threads ? 1 : threads} {
    const double work = ProductParts::work_of(m, n, k);
    if (each_.count() == 1 && work < part_work) at_once_ = items_of_part(std::max(work, work::multiplication));
  }

  std::int64_t count() const { return (stack_ + at_once_ - 1) / at_once_ * each_.count(); }
  std::size_t scratch_bytes(DType dtype) const { return each_.scratch_bytes(dtype); }

  /// So many products of the stack, and a part of each.
  struct Part {
    std::int64_t first, count, of_each;
  };
  Part part(std::int64_t i) const {
    const std::int64_t first = i / each_.count() * at_once_;
    return {first, std::min(at_once_, stack_ - first), i % each_.count()};
  }

  template <class T>
  void multiply(std::int64_t of_each, const Matrix<const T>& a, const Matrix<const T>& b, const Matrix<T>& c,
                void* scratch) const {
    each_.multiply(of_each, a, b, c, false, scratch);
  }

 private:
  std::int64_t stack_;
  ProductParts each_;
  std::int64_t at_once_ = 1;
};

}  // namespace capstan::kernels
