#include "fold/loops.hpp"

namespace capstan::kernels {

constinit const ReduceTable reduce_avx2 = reduce_table<xsimd::fma3<xsimd::avx2>>;

}  // namespace capstan::kernels
