#include "pool/loops.hpp"

namespace capstan::kernels {

constinit const PoolTable pool_portable = pool_table<Portable>;

}  // namespace capstan::kernels
