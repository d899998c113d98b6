#include "random/loops.hpp"

namespace capstan {

constinit const RandomKernels random_avx512 = random_table<kernels::Isa::avx512>;

}  // namespace capstan
