// The loops of pool.hpp, compiled once for each instruction set.
#pragma once

#include "pool/backward.hpp"
#include "pool/forward.hpp"

namespace capstan::kernels {

template <class T, class A>
inline constexpr PoolLoops<T> pool_loops_for{&PoolForward<T, A>::max, &PoolForward<T, A>::average,
                                             &PoolBackward<T, A>::max, &PoolBackward<T, A>::average,
                                             &PoolForward<T, A>::pick};

template <class A>
inline constexpr PoolTable pool_table{pool_loops_for<float, A>, pool_loops_for<double, A>};

}  // namespace capstan::kernels
