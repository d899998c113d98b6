#include <capstan/kernels/softmax/softmax.hpp>

namespace capstan::kernels {

namespace {

const SoftmaxTable& table(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return softmax_avx512;
  if (isa == Isa::avx2) return softmax_avx2;
#else
  (void)isa;
#endif
  return softmax_portable;
}

}  // namespace

template <>
const SoftmaxLoops<float>& softmax_loops<float>(Isa isa) {
  return table(isa).f32;
}

template <>
const SoftmaxLoops<double>& softmax_loops<double>(Isa isa) {
  return table(isa).f64;
}

}  // namespace capstan::kernels
