#include <capstan/kernels/pool/pool.hpp>

namespace capstan::kernels {

namespace {

const PoolTable& table(Isa isa) noexcept {
#if defined(__x86_64__)
  if (isa == Isa::avx512) return pool_avx512;
  if (isa == Isa::avx2) return pool_avx2;
#else
  (void)isa;
#endif
  return pool_portable;
}

}  // namespace

template <>
const PoolLoops<float>& pool_loops<float>(Isa isa) {
  return table(isa).f32;
}

template <>
const PoolLoops<double>& pool_loops<double>(Isa isa) {
  return table(isa).f64;
}

}  // namespace capstan::kernels
