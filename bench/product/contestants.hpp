// Who multiplies: the library's own kernels, oneDNN's matmul primitive, and OpenBLAS. Each contestant is made for one case
// and called many times. Beside them, a pass over the larger operand: no product can be quicker than reading it.
#pragma once

#include <cstdint>
#include <functional>
#include <unordered_map>

#include <dlfcn.h>

#include <oneapi/dnnl/dnnl.hpp>

#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/tensor.hpp>

namespace bench {

using capstan::Tensor;

template <class T>
class Ours {
 public:
  Ours(const Tensor& a, const Tensor& b, Tensor& c)
      : scratch_{Tensor::empty({static_cast<std::int64_t>(bytes(a, b) / sizeof(float)) + 1})},
        a_{matrix<const T>(a)},
        b_{matrix<const T>(b)},
        c_{matrix<T>(c)} {}

  void operator()() const { capstan::kernels::product(a_, b_, c_, false, scratch_.raw()); }

 private:
  static std::size_t bytes(const Tensor& a, const Tensor& b) {
    return capstan::kernels::product_scratch_bytes(a.shape()[0], b.shape()[1], a.shape()[1], a.dtype());
  }
  template <class E>
  static capstan::kernels::Matrix<E> matrix(const Tensor& x) {
    return {static_cast<E*>(x.raw()), x.shape()[0], x.shape()[1], x.strides()[0], x.strides()[1]};
  }

  Tensor scratch_;
  capstan::kernels::Matrix<const T> a_, b_;
  capstan::kernels::Matrix<T> c_;
};

class OneDnn {
 public:
  OneDnn(const Tensor& a, const Tensor& b, Tensor& c) {
    const dnnl::memory::desc a_desc = desc(a), b_desc = desc(b), c_desc = desc(c);
    const dnnl::matmul::primitive_desc how{dnnl::matmul::desc{a_desc, b_desc, c_desc}, engine_};
    primitive_ = dnnl::matmul{how};
    arguments_ = {{DNNL_ARG_SRC, dnnl::memory{a_desc, engine_, a.raw()}},
                  {DNNL_ARG_WEIGHTS, dnnl::memory{b_desc, engine_, b.raw()}},
                  {DNNL_ARG_DST, dnnl::memory{c_desc, engine_, c.raw()}}};
  }

  void operator()() const {
    primitive_.execute(stream_, arguments_);
    stream_.wait();
  }

 private:
  static dnnl::memory::desc desc(const Tensor& x) {
    return {{x.shape()[0], x.shape()[1]}, dnnl::memory::data_type::f32, {x.strides()[0], x.strides()[1]}};
  }

  dnnl::engine engine_{dnnl::engine::kind::cpu, 0};
  mutable dnnl::stream stream_{engine_};
  dnnl::primitive primitive_;
  std::unordered_map<int, dnnl::memory> arguments_;
};

/// OpenBLAS, if the system has it; loaded when first asked for.
class Blas {
 public:
  template <class T>
  using Gemm = void (*)(int order, int transpose_a, int transpose_b, int m, int n, int k, T alpha, const T* a, int lda,
                        const T* b, int ldb, T beta, T* c, int ldc);

  static bool is_present() { return library() != nullptr; }

  template <class T>
  static std::function<void()> product(const Tensor& a, const Tensor& b, Tensor& c) {
    const auto gemm =
        reinterpret_cast<Gemm<T>>(dlsym(library(), sizeof(T) == sizeof(float) ? "cblas_sgemm" : "cblas_dgemm"));
    constexpr int row_major = 101, plain = 111, transposed = 112;
    const bool ta = a.strides()[1] != 1, tb = b.strides()[1] != 1;
    const auto size = [](const Tensor& x, std::size_t axis) { return static_cast<int>(x.shape()[axis]); };
    const auto leading = [](const Tensor& x, bool t) { return static_cast<int>(x.strides()[t ? 1 : 0]); };
    const int m = size(a, 0), n = size(b, 1), k = size(a, 1), lda = leading(a, ta), ldb = leading(b, tb);
    const auto data = [](const Tensor& x) { return static_cast<T*>(x.raw()); };
    return [=, x = data(a), y = data(b), z = data(c)] {
      gemm(row_major, ta ? transposed : plain, tb ? transposed : plain, m, n, k, T(1), x, lda, y, ldb, T(0), z, n);
    };
  }

 private:
  static void* library() {
    static void* const handle = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    return handle;
  }
};

/// Brings an operand in once, from front to back: one word of every cache line.
class Reading {
 public:
  explicit Reading(const Tensor& x)
      : words_{static_cast<const Word*>(x.raw())},
        size_{x.shape().elements() * static_cast<std::int64_t>(size_of(x.dtype())) / 8} {}

  void operator()() const {
    Word sum = 0;
    for (std::int64_t i = 0; i < size_; i += 8) {
      __builtin_prefetch(reinterpret_cast<const char*>(words_ + i) + 4096);
      sum += words_[i];
    }
    volatile Word seen = sum;
    static_cast<void>(seen);
  }

 private:
  using Word __attribute__((may_alias)) = std::uint64_t;
  const Word* words_;
  std::int64_t size_;
};

}  // namespace bench
