#include "product/entry.hpp"
#include "product/target_avx512.hpp"

namespace capstan::kernels {

const ProductKernels avx512_products = products_of<Avx512>;

}  // namespace capstan::kernels
