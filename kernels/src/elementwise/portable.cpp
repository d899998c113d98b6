#include "elementwise/loops.hpp"

namespace capstan::kernels {

constinit const ElementwiseRow* const elementwise_portable = elementwise_rows<Portable>;

}  // namespace capstan::kernels
