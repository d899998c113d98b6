#include "product/entry.hpp"
#include "product/target_portable.hpp"

namespace capstan::kernels {

const ProductKernels portable_products = products_of<Portable>;

}  // namespace capstan::kernels
