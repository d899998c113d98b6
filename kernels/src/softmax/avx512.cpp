#include "softmax/loops.hpp"

namespace capstan::kernels {

constinit const SoftmaxTable softmax_avx512 = softmax_table<xsimd::avx512bw>;

}  // namespace capstan::kernels
