// The loops of Adam for the instruction sets.
#include "adam/loops.hpp"

#include <cstddef>
#include <cstdint>

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "same_bits.hpp"
#include "supported_isas.hpp"

using namespace capstan;

namespace {

const optim::AdamLoops& loops_of(kernels::Isa isa) {
#if defined(__x86_64__)
  if (isa == kernels::Isa::avx512) return optim::adam_avx512;
  if (isa == kernels::Isa::avx2) return optim::adam_avx2;
#endif
  REQUIRE(isa == kernels::Isa::portable);
  return optim::adam_portable;
}

template <class T>
optim::AdamLoop<T> loop(const optim::AdamLoops& loops, std::size_t decay, std::size_t amsgrad) {
  if constexpr (sizeof(T) == sizeof(float)) {
    return loops.f32[decay][amsgrad];
  } else {
    return loops.f64[decay][amsgrad];
  }
}

/// p, mean, square and largest after three steps, one below the other.
template <class T>
Tensor moved(optim::AdamLoop<T> descend, std::int64_t n, DType dtype) {
  Rng rng{static_cast<std::uint64_t>(n)};
  Tensor all = Tensor::normal({4, n}, rng, {.dtype = dtype});
  T* const x = all.mutable_data<T>().data();
  for (std::int64_t i = 2 * n; i < 4 * n; ++i) x[i] *= x[i];
  for (int step = 0; step < 3; ++step) {
    const Tensor dp = Tensor::normal({n}, rng, {.dtype = dtype});
    descend({n, x, dp.data<T>().data(), x + n, x + 2 * n, x + 3 * n},
            {T(0.9), T(0.1), T(0.999), T(0.001), T(1e-8), T(0.1), T(0.99), T(0.01), T(1.7)});
  }
  return all;
}

template <class T>
void compare(DType dtype) {
  for (std::size_t decay = 0; decay < 3; ++decay) {
    for (std::size_t amsgrad = 0; amsgrad < 2; ++amsgrad) {
      for (std::int64_t n = 1; n < 70; ++n) {
        const Tensor expected = moved<T>(loop<T>(optim::adam_portable, decay, amsgrad), n, dtype);
        for (const kernels::Isa isa : supported_isas())
          REQUIRE(same_bits(moved<T>(loop<T>(loops_of(isa), decay, amsgrad), n, dtype), expected));
      }
    }
  }
}

}  // namespace

TEST_CASE("Adam's loops give the same bits with every instruction set, whatever the number of elements") {
  compare<float>(DType::f32);
  compare<double>(DType::f64);
}
