// OneTap: a convolution whose kernel is one tap, without stride and padding, is a product of matrices for each image and group.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <capstan/kernels/product/product.hpp>
#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/cut_work.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/threads.hpp>

namespace capstan::kernels {

template <class T>
class OneTap {
 public:
  OneTap(Convolves which, const ConvolutionShape& shape, Isa isa)
      : which_{which},
        shape_{shape},
        isa_{isa},
        positions_{shape.axes[0].in * shape.axes[1].in * shape.axes[2].in},
        chunks_{std::clamp<std::int64_t>((enough + shape.groups - 1) / shape.groups, 1,
                                         std::max<std::int64_t>(std::min(shape.examples, most_held / of_w()), 1))} {}

  /// Whether this is the way for a shape.
  static bool pays(const ConvolutionShape& shape) {
    for (const ConvolutionAxis& a : shape.axes) {
      if (a.taps != 1 || a.stride != 1 || a.before != 0 || a.in != a.out) return false;
    }
    return std::min(shape.inputs, shape.outputs) > 1 && shape.axes[0].in * shape.axes[1].in * shape.axes[2].in > 1;
  }

  ConvolutionScratch scratch() const {
    const Sizes s = sizes();
    const std::size_t sums =
        which_ == Convolves::weights ? multiply_sizes(static_cast<std::size_t>(chunks_ * all_of_w()), sizeof(T)) : 0;
    const auto product_of = [&](std::int64_t columns) {
      return product_scratch_bytes(s.m, columns, s.k, dtype_of<T>());
    };
    return {sums, std::max(product_of(s.n), product_of(std::min(s.n, widest_part)))};
  }

  void run(const T* first, const T* second, T* result, std::byte* scratch, int threads) const {
    const ConvolutionScratch bytes = this->scratch();
    const Sizes s = sizes();
    const double work = work::multiplication * static_cast<double>(shape_.examples * shape_.groups * s.m) *
                        static_cast<double>(s.n) * static_cast<double>(s.k);
    const int limit = count_parts(work, threads) == 1 ? 1 : threads;
    const auto own = [&](int worker) { return scratch + aligned(bytes.shared) + worker * aligned(bytes.worker); };
    if (which_ == Convolves::weights)
      return make_weights(first, second, result, reinterpret_cast<T*>(scratch), limit, own);
    const bool forward = which_ == Convolves::forward;
    const std::int64_t from = forward ? shape_.inputs : shape_.outputs, to = forward ? shape_.outputs : shape_.inputs;
    const std::int64_t images = shape_.examples * shape_.groups, wanted = 2 * limit;
    const std::int64_t cuts = images >= wanted ? 1 : std::clamp<std::int64_t>(positions_ / unit, 1, wanted);
    parallel_for(images * cuts, limit, [&](std::int64_t part, int worker) {
      const std::int64_t i = part / cuts;
      const auto [begin, end] = range_of(positions_, part % cuts, cuts, unit);
      const T* const w = second + i % shape_.groups * of_w();
      const Matrix<const T> a{w, to, from, forward ? from : 1, forward ? 1 : to};
      const Matrix<const T> b{first + i * from * positions_ + begin, from, end - begin, positions_, 1};
      const Matrix<T> c{result + i * to * positions_ + begin, to, end - begin, positions_, 1};
      product(isa_, a, b, c, false, own(worker));
    });
  }

 private:
  static constexpr std::int64_t enough = 4;  ///< parts for threads
  static constexpr std::int64_t unit = 64;   ///< positions: a whole number of tiles, so that parts give the bits of all
  static constexpr std::int64_t widest_part = 256;  ///< of which a product needs no less scratch than of more
  static constexpr std::int64_t most_held = (4 << 20) / sizeof(T);  ///< elements of the sums of all chunks

  struct Sizes {
    std::int64_t m, n, k;
  };
  Sizes sizes() const {
    if (which_ == Convolves::forward) return {shape_.outputs, positions_, shape_.inputs};
    if (which_ == Convolves::input) return {shape_.inputs, positions_, shape_.outputs};
    return {shape_.outputs, shape_.inputs, positions_};
  }
  std::int64_t of_w() const { return shape_.inputs * shape_.outputs; }
  std::int64_t all_of_w() const { return shape_.groups * of_w(); }

  /// The sums of a chunk of images by themselves; then those of all chunks in order.
  template <class Own>
  void make_weights(const T* x, const T* dy, T* dw, T* sums, int limit, Own own) const {
    const std::int64_t inputs = shape_.inputs, outputs = shape_.outputs;
    parallel_for(chunks_ * shape_.groups, limit, [&](std::int64_t part, int worker) {
      const std::int64_t group = part % shape_.groups;
      const Matrix<T> c{sums + part * of_w(), outputs, inputs, inputs, 1};
      const auto [first, end] = range_of(shape_.examples, part / shape_.groups, chunks_);
      for (std::int64_t image = first; image < end; ++image) {
        const std::int64_t i = image * shape_.groups + group;
        const Matrix<const T> a{dy + i * outputs * positions_, outputs, positions_, positions_, 1};
        const Matrix<const T> b{x + i * inputs * positions_, positions_, inputs, 1, positions_};
        product(isa_, a, b, c, image > first, own(worker));
      }
    });
    for (std::int64_t i = 0; i < all_of_w(); ++i) {
      T sum = sums[i];
      for (std::int64_t chunk = 1; chunk < chunks_; ++chunk) sum += sums[chunk * all_of_w() + i];
      dw[i] = sum;
    }
  }

  Convolves which_;
  ConvolutionShape shape_;
  Isa isa_;
  std::int64_t positions_, chunks_;
};

}  // namespace capstan::kernels
