// What the files of the product share: loops written out, and asking for memory ahead of its use.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

namespace capstan::kernels {

template <class F, int... I>
inline __attribute__((always_inline)) void repeat_for(const F& f, std::integer_sequence<int, I...>) {
  (f(std::integral_constant<int, I>{}), ...);
}

/// repeat<3>(f) is f(0), f(1), f(2), with constants. Compilers that do not unroll a loop over registers keep them in
/// memory.
template <int Times, class F>
inline __attribute__((always_inline)) void repeat(const F& f) {
  repeat_for(f, std::make_integer_sequence<int, Times>{});
}

/// Asks for the cache line `offset` elements from p, which may lie beyond the array: nothing is read.
template <class T>
inline __attribute__((always_inline)) void prefetch(const T* p, std::int64_t offset) {
  const std::uintptr_t bytes = static_cast<std::uintptr_t>(offset) * sizeof(T);
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes));
}

}  // namespace capstan::kernels
