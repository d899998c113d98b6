#include "product/target_avx2.hpp"
#include "window/table.hpp"

namespace capstan::kernels {

constinit const WindowTable window_avx2 = window_table<Avx2>;

}  // namespace capstan::kernels
