// The loops of softmax.hpp, compiled once for each instruction set.
#pragma once

#include <capstan/kernels/softmax/softmax.hpp>

#include "softmax/columns.hpp"
#include "softmax/cross_entropy_columns.hpp"
#include "softmax/rows.hpp"

namespace capstan::kernels {

template <class T, class A>
struct SoftmaxLoop {
  using Row = SoftmaxRow<T, A>;
  template <bool whole>
  using Columns = SoftmaxStrip<T, A, whole>;

  static void softmax(const Groups& g, const T* x, T* y) noexcept {
    for (std::int64_t o = 0; o < g.outer; ++o, x += g.n * g.step, y += g.n * g.step) {
      if (g.step == 1) {
        Row::softmax(g.n, x, y);
        continue;
      }
      for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t c) {
        Columns<whole>::softmax(strip, g.n, x + c, y + c);
      });
    }
  }

  static void log_softmax(const Groups& g, const T* x, T* y) noexcept {
    for (std::int64_t o = 0; o < g.outer; ++o, x += g.n * g.step, y += g.n * g.step) {
      if (g.step == 1) {
        Row::log_softmax(g.n, x, y);
        continue;
      }
      for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t c) {
        Columns<whole>::log_softmax(strip, g.n, x + c, y + c);
      });
    }
  }

  static void log_sum_exp(const Groups& g, const T* x, T* y) noexcept {
    for (std::int64_t o = 0; o < g.outer; ++o, x += g.n * g.step, y += g.step) {
      if (g.step == 1) {
        y[0] = Row::log_sum_exp(g.n, x);
        continue;
      }
      for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t c) {
        Columns<whole>::log_sum_exp(strip, g.n, x + c, y + c);
      });
    }
  }

  static void gradient(const Groups& g, const T* y, const T* dy, T* dx) noexcept {
    const std::int64_t step = g.n * g.step;
    for (std::int64_t o = 0; o < g.outer; ++o, y += step, dy += step, dx += step) {
      if (g.step == 1) {
        Row::gradient(g.n, y, dy, dx);
        continue;
      }
      for_strips<T, A>(g, [&]<bool whole>(Strip<T, A, whole> strip, std::int64_t c) {
        Columns<whole>::gradient(strip, g.n, y + c, dy + c, dx + c);
      });
    }
  }

  static constexpr SoftmaxLoops<T> loops{&softmax,
                                         &log_softmax,
                                         &log_sum_exp,
                                         &gradient,
                                         &CrossEntropy<T, A>::from_logits,
                                         &CrossEntropy<T, A>::from_probabilities,
                                         &CrossEntropy<T, A>::gradient};
};

template <class A>
inline constexpr SoftmaxTable softmax_table{SoftmaxLoop<float, A>::loops, SoftmaxLoop<double, A>::loops};

}  // namespace capstan::kernels
