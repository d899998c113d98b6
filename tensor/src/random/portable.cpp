#include "random/loops.hpp"

namespace capstan {

constinit const RandomKernels random_portable = random_table<kernels::Isa::portable>;

}  // namespace capstan
