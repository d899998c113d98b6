#include "product/target_avx512.hpp"
#include "window/table.hpp"

namespace capstan::kernels {

constinit const WindowTable window_avx512 = window_table<Avx512>;

}  // namespace capstan::kernels
