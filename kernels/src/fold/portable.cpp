#include "fold/loops.hpp"

namespace capstan::kernels {

constinit const ReduceTable reduce_portable = reduce_table<Portable>;

}  // namespace capstan::kernels
