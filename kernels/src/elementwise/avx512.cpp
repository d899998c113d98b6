#include "elementwise/loops.hpp"

namespace capstan::kernels {

constinit const ElementwiseRow* const elementwise_avx512 = elementwise_rows<xsimd::avx512bw>;

}  // namespace capstan::kernels
