#include "fold/loops.hpp"

namespace capstan::kernels {

constinit const ReduceTable reduce_avx512 = reduce_table<xsimd::avx512bw>;

}  // namespace capstan::kernels
