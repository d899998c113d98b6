// Rows of sums over windows: lanes are neighbouring positions, and a few channels share what is read. It serves convolutions
// with few channels, those of one channel to one among them.
#pragma once

#include <cstdint>
#include <utility>

#include "product/basics.hpp"
#include "window/kernels.hpp"

namespace capstan::kernels {

template <class Target, class T>
class WindowRows {
 public:
  static constexpr std::int64_t lanes = Target::template lanes<T>;
  static constexpr int most_channels = Target::tile_rows;

  /// As many vectors as leave the sums in registers.
  static constexpr int vectors(int channels) {
    if (channels <= Target::tile_rows / 6) return 8;
    return channels <= Target::tile_rows / 2 ? 4 : 2;
  }

  static void run(const WindowRow<T>& r) { run_of(r, std::make_integer_sequence<int, most_channels>{}); }

 private:
  using Batch = typename Target::template Batch<T>;

  template <int... I>
  static void run_of(const WindowRow<T>& r, std::integer_sequence<int, I...>) {
    using Kernel = void (*)(const WindowRow<T>&);
    static constexpr Kernel kernels[] = {&WindowRows::template row<I + 1, vectors(I + 1)>...};
    kernels[r.channels - 1](r);
  }

  template <int Channels, int Vectors>
  static void row(const WindowRow<T>& r) {
    Batch sum[Channels * Vectors];
    repeat<Channels * Vectors>([&](auto i) { sum[i] = Batch{}; });
    const T* from[Vectors];
    repeat<Vectors>([&](auto v) { from[v] = r.from + r.at[v]; });
    const std::int64_t *along = r.along, *const end = along + r.steps;
    const T* weights = r.weights;
    while (along != end) {
      const std::int64_t step = *along++;
      Batch x[Vectors];
      repeat<Vectors>([&](auto v) { x[v] = Target::load(from[v] + step); });
      repeat<Channels>([&](auto c) __attribute__((always_inline)) {
        const Batch weight = Target::all(weights[c]);
        repeat<Vectors>([&](auto v) __attribute__((always_inline)) {
          constexpr int index = decltype(c)::value * Vectors + decltype(v)::value;
          sum[index] = Target::multiply_add(weight, x[v], sum[index]);
        });
      });
      weights += r.width;
    }
    repeat<Vectors>([&](auto v) { store<Channels>(r, v, sum + v, Vectors); });
  }

  template <int Channels>
  static __attribute__((always_inline)) void store(const WindowRow<T>& r, int v, const Batch* sum, int step) {
    const std::int64_t count = r.counts[v];
    if (count == 0) return;
    T* to = r.to + r.places[v];
    const auto mask = Target::template first<T>(static_cast<int>(count));
    for (int c = 0; c < Channels; ++c, to += r.to_channel) {
      Batch y = sum[c * step];
      if (count == lanes) {
        if (r.accumulate) y = y + Target::load(to);
        Target::store(to, y);
      } else {
        if (r.accumulate) y = y + Target::load_first(to, mask);
        Target::store_first(to, y, mask);
      }
    }
  }
};

}  // namespace capstan::kernels
