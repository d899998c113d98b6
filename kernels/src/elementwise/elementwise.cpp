#include <capstan/kernels/elementwise/elementwise.hpp>

namespace capstan::kernels {

ElementwiseKernel elementwise_kernel(std::size_t position, DType dtype, Isa isa) noexcept {
  const ElementwiseRow* rows = elementwise_portable;
#if defined(__x86_64__)
  if (isa == Isa::avx2) rows = elementwise_avx2;
  if (isa == Isa::avx512) rows = elementwise_avx512;
#else
  static_cast<void>(isa);
#endif
  return rows[position].by_dtype[static_cast<std::size_t>(dtype)];
}

}  // namespace capstan::kernels
