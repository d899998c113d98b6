#include "random/loops.hpp"

namespace capstan {

constinit const RandomKernels random_avx2 = random_table<kernels::Isa::avx2>;

}  // namespace capstan
