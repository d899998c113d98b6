#include "softmax/loops.hpp"

namespace capstan::kernels {

constinit const SoftmaxTable softmax_avx2 = softmax_table<xsimd::fma3<xsimd::avx2>>;

}  // namespace capstan::kernels
