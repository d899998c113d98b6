#include "pool/loops.hpp"

namespace capstan::kernels {

constinit const PoolTable pool_avx2 = pool_table<xsimd::fma3<xsimd::avx2>>;

}  // namespace capstan::kernels
