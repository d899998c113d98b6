#include "pool/loops.hpp"

namespace capstan::kernels {

constinit const PoolTable pool_avx512 = pool_table<xsimd::avx512bw>;

}  // namespace capstan::kernels
