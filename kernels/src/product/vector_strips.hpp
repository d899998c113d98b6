// A matrix times a vector down the columns of a matrix that is near: the partial sums of a vector of rows stay in registers,
// one for each, since the matrix comes at once in any order.
#pragma once

#include <cstdint>

#include "product/basics.hpp"
#include "product/vector_operands.hpp"

namespace capstan::kernels {

template <class Target, class T>
class VectorStrips {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;

  static void run(const VectorOperands<T>& v) {
    Sums::for_stretches(v, [](const VectorOperands<T>& stretch) {
      for (std::int64_t i = 0; i < stretch.rows; i += lanes) {
        const std::int64_t n = Sums::smaller(lanes, stretch.rows - i);
        T sums[static_cast<std::size_t>(lanes)];
        Target::store(sums, n == lanes ? strip<true>(stretch, i, n) : strip<false>(stretch, i, n));
        for (std::int64_t j = 0; j < n; ++j) Sums::put(stretch, i + j, sums[j], stretch.accumulate);
      }
    });
  }

 private:
  using Batch = typename Target::template Batch<T>;
  using Sums = VectorSums<Target, T>;

  template <bool Whole>
  static Batch strip(const VectorOperands<T>& v, std::int64_t i, std::int64_t n) {
    const auto mask = Target::template first<T>(static_cast<int>(n));
    Batch sum[lanes];
    repeat<lanes>([&](auto lane) { sum[lane] = Batch{}; });
    const T *m = v.m + i, *x = v.x;
    std::int64_t left = v.columns;
    const auto add = [&](auto lane) {
      const Batch column = Whole ? Target::load(m) : Target::load_first(m, mask);
      sum[lane] = Target::multiply_add(column, Target::all(*x), sum[lane]);
      m += v.column_stride;
      x += v.x_stride;
    };
    for (; left >= lanes; left -= lanes) repeat<lanes>([&](auto lane) { add(lane); });
    repeat<lanes>([&](auto lane) {
      if (lane < left) add(lane);
    });
    halve<lanes / 2>(sum);
    return sum[0];
  }

  /// As Target::sum adds lanes.
  template <int Half>
  static void halve(Batch* sum) {
    repeat<Half>([&](auto lane) { sum[lane] = sum[lane] + sum[lane + Half]; });
    if constexpr (Half > 1) halve<Half / 2>(sum);
  }
};

}  // namespace capstan::kernels
