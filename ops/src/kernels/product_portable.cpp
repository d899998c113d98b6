#include <xsimd/xsimd.hpp>

#include "kernels/product_entry.hpp"

namespace capstan::kernels {

namespace {

// The vectors that every processor of this build has.
struct Portable {
  template <class T>
  using Batch = xsimd::batch<T>;
  static constexpr int tile_rows = 6;
  static constexpr bool masks = false;

  template <class T>
  static int first(int n) {
    return n;
  }

  template <class T>
  static Batch<T> load_first(const T* p, int n) {
    T lanes[Batch<T>::size] = {};
    for (int i = 0; i < n; ++i) lanes[i] = p[i];
    return Batch<T>::load_unaligned(lanes);
  }

  template <class T>
  static void store_first(T* p, const Batch<T>& x, int n) {
    T lanes[Batch<T>::size];
    x.store_unaligned(lanes);
    for (int i = 0; i < n; ++i) p[i] = lanes[i];
  }

  template <class B>
  static B multiply_add(const B& x, const B& y, const B& z) {
    return xsimd::fma(x, y, z);
  }

  template <class T>
  static T sum(const Batch<T>& x) {
    T lanes[Batch<T>::size];
    x.store_unaligned(lanes);
    for (int half = static_cast<int>(Batch<T>::size) / 2; half > 0; half /= 2) {
      for (int i = 0; i < half; ++i) lanes[i] += lanes[i + half];
    }
    return lanes[0];
  }

  template <class T>
  static void transpose(const T* from, std::int64_t stride, std::int64_t rows, std::int64_t steps, T* out,
                        std::int64_t out_stride) {
    constexpr auto lanes = static_cast<std::int64_t>(Batch<T>::size);
    for (std::int64_t p = 0; p < steps; ++p) {
      for (std::int64_t i = 0; i < lanes; ++i) out[p * out_stride + i] = i < rows ? from[i * stride + p] : T(0);
    }
  }
};

}  // namespace

const ProductKernels portable_products = products_of<Portable>;

}  // namespace capstan::kernels
