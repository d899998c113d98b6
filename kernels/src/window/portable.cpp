#include "product/target_portable.hpp"
#include "window/table.hpp"

namespace capstan::kernels {

constinit const WindowTable window_portable = window_table<Portable>;

}  // namespace capstan::kernels
