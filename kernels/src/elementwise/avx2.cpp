#include "elementwise/loops.hpp"

namespace capstan::kernels {

constinit const ElementwiseRow* const elementwise_avx2 = elementwise_rows<xsimd::fma3<xsimd::avx2>>;

}  // namespace capstan::kernels
