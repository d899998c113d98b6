#include <capstan/kernels/elementwise/elementwise.hpp>

#include <cstdint>
#include <type_traits>

#include <capstan/tensor/visit_dtype.hpp>

namespace capstan::kernels {

namespace {

template <class T>
ElementwiseKernel kernel_of(const ElementwiseRow& row) noexcept {
  if constexpr (std::is_same_v<T, float>) return row.f32;
  if constexpr (std::is_same_v<T, double>) return row.f64;
  if constexpr (std::is_same_v<T, std::int32_t>) return row.i32;
}

}  // namespace

ElementwiseKernel elementwise_kernel(std::size_t position, DType dtype, Isa isa) noexcept {
  const ElementwiseRow* rows = elementwise_portable;
#if defined(__x86_64__)
  if (isa == Isa::avx2) rows = elementwise_avx2;
  if (isa == Isa::avx512) rows = elementwise_avx512;
#else
  static_cast<void>(isa);
#endif
  const ElementwiseRow& row = rows[position];
  return visit_dtype(dtype, [&row]<class T>(T) { return kernel_of<T>(row); });
}

}  // namespace capstan::kernels
