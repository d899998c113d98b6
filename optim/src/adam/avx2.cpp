#include "adam/descend.hpp"

namespace capstan::optim {

constinit const AdamLoops adam_avx2 = adam_loops<kernels::Isa::avx2>;

}  // namespace capstan::optim
