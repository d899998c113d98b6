// What the files of the product share: vectors, loops written out, and asking for memory ahead of its use.
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

/// Keeps the compiler from seeing what a number is, and so from computing what follows from it ahead of a loop.
template <class N>
inline __attribute__((always_inline)) void opaque(N& number) {
#if defined(__GNUC__)
  asm("" : "+r"(number));
#endif
}

/// Vectors of so many bytes, as the compiler knows them: a + b adds lane by lane. A class around them would cost nothing
/// but the time to compile it, which under the sanitizers is minutes.
template <int Bytes>
struct Vectors {
  template <class T>
  struct Of {
    using Batch __attribute__((vector_size(Bytes))) = T;
    using Unaligned __attribute__((vector_size(Bytes), aligned(alignof(T)), may_alias)) = T;
  };
  template <class T>
  using Batch = typename Of<T>::Batch;
  template <class T>
  static constexpr std::int64_t lanes = Bytes / static_cast<std::int64_t>(sizeof(T));
  template <class T>
  static constexpr int few = 0;

  template <class T>
  static __attribute__((always_inline)) Batch<T> load(const T* p) {
    return *reinterpret_cast<const typename Of<T>::Unaligned*>(p);
  }
  template <class T>
  static __attribute__((always_inline)) void store(T* p, std::type_identity_t<Batch<T>> x) {
    *reinterpret_cast<typename Of<T>::Unaligned*>(p) = x;
  }
  template <class T>
  static __attribute__((always_inline)) Batch<T> all(T x) {
    return x - Batch<T>{};  // and not x + 0, which would lose the sign of −0
  }
};

/// Asks for the cache line `offset` elements from p, which may lie beyond the array: nothing is read.
template <class T>
inline __attribute__((always_inline)) void prefetch(const T* p, std::int64_t offset) {
  const std::uintptr_t bytes = static_cast<std::uintptr_t>(offset) * sizeof(T);
  __builtin_prefetch(reinterpret_cast<const void*>(reinterpret_cast<std::uintptr_t>(p) + bytes));
}

}  // namespace capstan::kernels
