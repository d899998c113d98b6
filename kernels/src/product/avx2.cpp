#include "product/entry.hpp"
#include "product/target_avx2.hpp"

namespace capstan::kernels {

const ProductKernels avx2_products = products_of<Avx2>;

}  // namespace capstan::kernels
