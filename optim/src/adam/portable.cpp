#include "adam/descend.hpp"

namespace capstan::optim {

constinit const AdamLoops adam_portable = adam_loops<kernels::Isa::portable>;

}  // namespace capstan::optim
