#include "adam/descend.hpp"

namespace capstan::optim {

constinit const AdamLoops adam_avx512 = adam_loops<kernels::Isa::avx512>;

}  // namespace capstan::optim
