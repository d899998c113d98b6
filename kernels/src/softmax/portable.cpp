#include "softmax/loops.hpp"

namespace capstan::kernels {

constinit const SoftmaxTable softmax_portable = softmax_table<Portable>;

}  // namespace capstan::kernels
