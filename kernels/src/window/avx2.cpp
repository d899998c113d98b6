#include "product/target_avx2.hpp"
#include "window/tile.hpp"

namespace capstan::kernels {

constinit const WindowTable window_avx2 = window_table<Avx2>;

}  // namespace capstan::kernels
