#include "random/kernels.hpp"

#include <capstan/tensor/error.hpp>

namespace capstan {

const RandomKernels& random_kernels(kernels::Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == kernels::Isa::avx512) return random_avx512;
  if (isa == kernels::Isa::avx2) return random_avx2;
#else
  (void)isa;
#endif
  return random_portable;
}

namespace {

kernels::Isa isa_or_portable() noexcept {
  try {
    return kernels::chosen_isa();
  } catch (const ValueError&) {
    return kernels::Isa::portable;
  }
}

}  // namespace

const RandomKernels& random_kernels() noexcept {
  static const RandomKernels& chosen = random_kernels(isa_or_portable());
  return chosen;
}

}  // namespace capstan
