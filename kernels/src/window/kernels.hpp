// What each instruction set provides for windows: the loops of tile.hpp, behind pointers.
#pragma once

#include <cstdint>

#include <capstan/tensor/isa.hpp>

namespace capstan::kernels {

/// sums[r, lane] = Σ_k a[at[r] + along[k]] · b[k, lane], over one or two vectors of lanes.
template <class T>
struct WindowTile {
  const T* a;
  const std::int64_t* at;     ///< for each row
  const std::int64_t* along;  ///< for each step
  const T* b;                 ///< steps × lanes, packed
  std::int64_t steps;
  T* sums;
  std::int64_t sums_row;  ///< from row to row
  int rows, vectors;
  bool accumulate;  ///< whether sums are added to what is there
};

/// Sums of positions × channels go to an array in which a channel's positions lie side by side, or where `places` says.
/// The sums lie in memory for a whole number of vectors of rows and of channels.
template <class T>
struct WindowPut {
  const T* sums;
  std::int64_t sums_row, rows, channels;
  T* to;
  std::int64_t to_channel;     ///< from channel to channel
  const std::int64_t* places;  ///< for each row, or null: side by side
  bool accumulate;
};

/// Rows that are transposed into a panel of so many lanes.
template <class T>
struct WindowPack {
  const T* from;
  std::int64_t row, rows, steps;
  T* to;
  std::int64_t width;
};

/// A few channels at some vectors of neighbouring positions: sums[c, lane of v] = Σ_k weights[k, c] · from[at[v] + along[k] + lane].
/// Whole vectors are read, most_vectors of them at most.
template <class T>
struct WindowRow {
  static constexpr int most_vectors = 8;

  const T* from;
  const std::int64_t* at;     ///< for each vector
  const std::int64_t* along;  ///< for each step
  const T* weights;           ///< steps × width, packed
  std::int64_t width, steps;
  T* to;
  std::int64_t to_channel;     ///< from channel to channel
  const std::int64_t* places;  ///< of each vector
  const std::int64_t* counts;  ///< lanes of each vector that are stored
  int channels, vectors;       ///< there are most_vectors offsets, whatever the number of vectors is
  bool accumulate;
};

/// Rows that are copied with zeros around. Up to a vector behind the last one is written as well.
template <class T>
struct WindowCopy {
  const T* from;
  std::int64_t from_row, rows;
  T* to;
  std::int64_t to_row;
  std::int64_t before, count, columns;  ///< zeros, elements, and all that is written of a row
};

/// sums[c, r, lane] += Σ over lines and columns of dy[c, line, column] · x[at[r] + line + column], the lane that of the column.
template <class T>
struct WindowDots {
  const T* x;
  const std::int64_t* at;  ///< for each row
  std::int64_t x_line;
  const T* dy;
  std::int64_t dy_channel, dy_line, lines, columns;
  T* sums;
  std::int64_t sums_channel;
  int channels, rows;
};

/// One channel: y[r, q] = Σ_{t, j} weights[t, j] · x[r + t − before, q + columns_at[j]], taps × taps of them. Whole vectors are
/// read, two at once.
template <class T>
struct WindowPlane {
  const T* x;
  std::int64_t x_row, rows_in, before;
  const T* zeros;  ///< what stands for a row outside of x
  const std::int64_t* columns_at;
  const T* weights;
  int taps;  ///< 3 or 5
  T* y;
  std::int64_t rows, columns;
};

template <class T>
struct WindowKernels {
  std::int64_t lanes;                ///< of a vector
  int most_rows_one, most_rows_two;  ///< of a tile of one vector and of two
  void (*tile)(const WindowTile<T>&);
  void (*put)(const WindowPut<T>&);
  void (*pack)(const WindowPack<T>&);
  void (*copy)(const WindowCopy<T>&);
  int most_channels;                    ///< of a row
  int (*vectors_of_row)(int channels);  ///< how many vectors it takes
  void (*row)(const WindowRow<T>&);
  void (*plane)(const WindowPlane<T>&);
  int (*rows_of_dots)(int channels);  ///< how many rows it takes at most, with up to 4 channels
  void (*dots)(const WindowDots<T>&);
  void (*take)(const T* sums, std::int64_t n, T* to);  ///< adds up the lanes of n vectors

  int most_rows(int vectors) const { return vectors == 2 ? most_rows_two : most_rows_one; }
};

struct WindowTable {
  WindowKernels<float> f32;
  WindowKernels<double> f64;
};
extern const WindowTable window_portable, window_avx2, window_avx512;

template <class T>
const WindowKernels<T>& window_kernels(Isa isa);

}  // namespace capstan::kernels
