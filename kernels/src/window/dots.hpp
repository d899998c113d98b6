// Dots: sums over positions whose partial sums are the lanes of vectors, for gradients of weights with few channels or taps.
#pragma once

#include <cstdint>
#include <utility>

#include "product/basics.hpp"
#include "window/kernels.hpp"

namespace capstan::kernels {

template <class Target, class T>
class WindowDotsOf {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;
  static constexpr int most_channels = 4;

  /// Rows of so many channels at most, whose sums stay in registers.
  static constexpr int rows(int channels) {
    constexpr int sums = Target::tile_rows < 14 ? 9 : 21;
    return sums / channels < 14 ? sums / channels : 14;
  }

  static void run(const WindowDots<T>& d) {
    if (d.channels == 1) return run_of<1>(d, std::make_integer_sequence<int, rows(1)>{});
    if (d.channels == 2) return run_of<2>(d, std::make_integer_sequence<int, rows(2)>{});
    if (d.channels == 3) return run_of<3>(d, std::make_integer_sequence<int, rows(3)>{});
    run_of<4>(d, std::make_integer_sequence<int, rows(4)>{});
  }

  /// The sum of the lanes of each vector.
  static void take(const T* sums, std::int64_t n, T* to) {
    for (std::int64_t i = 0; i < n; ++i) to[i] = Target::sum(Target::load(sums + i * lanes));
  }

 private:
  using Batch = typename Target::template Batch<T>;

  template <int Channels, int... I>
  static void run_of(const WindowDots<T>& d, std::integer_sequence<int, I...>) {
    using Kernel = void (*)(const WindowDots<T>&);
    static constexpr Kernel kernels[] = {&WindowDotsOf::template dots<Channels, I + 1>...};
    kernels[d.rows - 1](d);
  }

  template <int Channels, int Rows>
  static void dots(const WindowDots<T>& d) {
    Batch sum[Channels * Rows];
    repeat<Channels>([&](auto c) {
      repeat<Rows>([&](auto r) { sum[c * Rows + r] = Target::load(d.sums + c * d.sums_channel + r * lanes); });
    });
    const T* x[Rows];
    repeat<Rows>([&](auto r) { x[r] = d.x + d.at[r]; });
    const std::int64_t whole = d.columns / lanes * lanes, rest = d.columns - whole;
    const auto mask = Target::template first<T>(static_cast<int>(rest));
    const std::int64_t ahead = Channels * d.dy_channel;  // of the channels behind these, which will be wanted next
    const T* dy = d.dy;
    std::int64_t line = 0;
    const auto add = [&](std::int64_t q, auto load) __attribute__((always_inline)) {
      Batch y[Channels];
      repeat<Channels>([&](auto c) {
        prefetch(dy + c * d.dy_channel + q, ahead);
        y[c] = load(dy + c * d.dy_channel + q);
      });
      repeat<Rows>([&](auto r) __attribute__((always_inline)) {
        const Batch seen = load(x[r] + line + q);
        repeat<Channels>([&](auto c) __attribute__((always_inline)) {
          constexpr int index = decltype(c)::value * Rows + decltype(r)::value;
          sum[index] = Target::multiply_add(y[c], seen, sum[index]);
        });
      });
    };
    for (std::int64_t i = 0; i < d.lines; ++i, line += d.x_line, dy += d.dy_line) {
      for (std::int64_t q = 0; q < whole; q += lanes) add(q, [](const T* p) { return Target::load(p); });
      if (rest > 0) add(whole, [&](const T* p) { return Target::load_first(p, mask); });
    }
    repeat<Channels>([&](auto c) {
      repeat<Rows>([&](auto r) { Target::store(d.sums + c * d.sums_channel + r * lanes, sum[c * Rows + r]); });
    });
  }
};

}  // namespace capstan::kernels
