// A bare oneDNN product, c = a·b in float: the floor of what a training step can cost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include <oneapi/dnnl/dnnl.hpp>

namespace bench {

class OnednnProduct {
 public:
  enum class Layout : std::uint8_t { normal, transposed };

  /// a is (m, k) and b (k, n), each row-major or the transposed view of row-major memory. Elements are 1.
  OnednnProduct(std::int64_t m, std::int64_t n, std::int64_t k, Layout a, Layout b)
      : engine_{dnnl::engine::kind::cpu, 0}, stream_{engine_}, size_{m * n, m * k, k * n} {
    using D = dnnl::memory::desc;
    const auto f32 = dnnl::memory::data_type::f32;
    const dnnl::memory::dims a_strides = a == Layout::normal ? dnnl::memory::dims{k, 1} : dnnl::memory::dims{1, m};
    const dnnl::memory::dims b_strides = b == Layout::normal ? dnnl::memory::dims{n, 1} : dnnl::memory::dims{1, k};
    const D ad{{m, k}, f32, a_strides}, bd{{k, n}, f32, b_strides}, cd{{m, n}, f32, dnnl::memory::dims{n, 1}};
    a_ = dnnl::memory{ad, engine_};
    b_ = dnnl::memory{bd, engine_};
    c_ = dnnl::memory{cd, engine_};
    std::fill_n(floats(a_), m * k, 1.0F);
    std::fill_n(floats(b_), k * n, 1.0F);
    matmul_ = dnnl::matmul{dnnl::matmul::primitive_desc{dnnl::matmul::desc{ad, bd, cd}, engine_}};
  }

  void set(std::span<const float> a, std::span<const float> b) {
    std::copy(a.begin(), a.end(), floats(a_));
    std::copy(b.begin(), b.end(), floats(b_));
  }

  void run() {
    matmul_.execute(stream_, {{DNNL_ARG_SRC, a_}, {DNNL_ARG_WEIGHTS, b_}, {DNNL_ARG_DST, c_}});
    stream_.wait();
  }

  std::span<const float> result() const { return {floats(c_), static_cast<std::size_t>(size_.c)}; }

 private:
  struct Sizes {
    std::int64_t c, a, b;
  };
  static float* floats(const dnnl::memory& memory) { return static_cast<float*>(memory.get_data_handle()); }

  dnnl::engine engine_;
  dnnl::stream stream_;
  Sizes size_;
  dnnl::memory a_, b_, c_;
  dnnl::matmul matmul_;
};

}  // namespace bench
