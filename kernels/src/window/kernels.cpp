#include "window/kernels.hpp"

namespace capstan::kernels {

namespace {

const WindowTable& table(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return window_avx512;
  if (isa == Isa::avx2) return window_avx2;
#else
  (void)isa;
#endif
  return window_portable;
}

}  // namespace

template <>
const WindowKernels<float>& window_kernels<float>(Isa isa) {
  return table(isa).f32;
}

template <>
const WindowKernels<double>& window_kernels<double>(Isa isa) {
  return table(isa).f64;
}

}  // namespace capstan::kernels
