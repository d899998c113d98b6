// How an elementwise struct becomes kernels: a loop over whole registers and one step for what is left, in which the
// lanes in use hold the same bits as they would have in the loop. Nothing of the standard library is called here: such
// a function would be compiled for this instruction set and could be linked into code for another.
#pragma once

#include <type_traits>
#include <utility>

#include <capstan/kernels/elementwise/elementwise.hpp>
#include <capstan/kernels/elementwise/list.hpp>

#include "lanes/parts.hpp"
#include "math/math.hpp"

// A kernel is one function without calls. GCC would take minutes to make that of code with a sanitizer's checks.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CAPSTAN_WITHOUT_CALLS
#else
#define CAPSTAN_WITHOUT_CALLS [[gnu::flatten]]
#endif

namespace capstan::kernels {

/// forward, with what it takes last: the attributes in the words of a node.
template <class S, class V>
struct ElementwiseForward {
  explicit ElementwiseForward(const Word*) noexcept {}
  template <class... X>
  V operator()(X... x) const noexcept {
    return S::forward(x...);
  }
};
template <class S, class V>
  requires requires { typename S::Attributes; }
struct ElementwiseForward<S, V> {
  typename S::Attributes attributes;
  explicit ElementwiseForward(const Word* words) noexcept { __builtin_memcpy(&attributes, words, sizeof attributes); }
  template <class... X>
  V operator()(X... x) const noexcept {
    return S::forward(x..., attributes);
  }
};

template <class S, class V, class Index = std::make_index_sequence<S::inputs>>
struct ElementwiseLoop;

template <class S, class V, std::size_t... I>
struct ElementwiseLoop<S, V, std::index_sequence<I...>> {
  using T = typename V::Element;

  CAPSTAN_WITHOUT_CALLS static void run(std::int64_t n, void* out, const void* const* in, unsigned scalars,
                                        const Word* words) {
    const ElementwiseForward<S, V> forward(words);
    // A single element fills a register's worth of memory, to which every step returns.
    alignas(64) T filled[sizeof...(I)][static_cast<std::size_t>(V::width)];
    const T* next[] = {(scalars >> I & 1u) != 0 ? fill(in[I], filled[I]) : static_cast<const T*>(in[I])...};
    const std::int64_t step[] = {(scalars >> I & 1u) != 0 ? 0 : V::width...};
    T* to = static_cast<T*>(out);
    for (; n >= V::width; n -= V::width, to += V::width) {
      forward(V::load(next[I])...).store(to);
      ((next[I] += step[I]), ...);
    }
    if (n > 0) store_first(forward((step[I] == 0 ? V::load(next[I]) : load_first<V>(next[I], n))...), to, n);
  }

 private:
  static const T* fill(const void* from, T* to) noexcept {
    V(*static_cast<const T*>(from)).store(to);
    return to;
  }
};

template <class S, class T, class A>
constexpr ElementwiseKernel elementwise_kernel_of() noexcept {
  if constexpr (std::is_integral_v<T> && !S::integers) {
    return nullptr;
  } else {
    return &ElementwiseLoop<S, Lanes<T, A>>::run;
  }
}

template <class A, class All>
struct ElementwiseRows;

template <class A, class... S>
struct ElementwiseRows<A, ElementwiseList<S...>> {
  static constexpr ElementwiseRow rows[] = {{elementwise_kernel_of<S, float, A>(),
                                             elementwise_kernel_of<S, double, A>(),
                                             elementwise_kernel_of<S, std::int32_t, A>()}...};
};

template <class A>
inline constexpr const ElementwiseRow* elementwise_rows = ElementwiseRows<A, AllElementwise>::rows;

}  // namespace capstan::kernels

#undef CAPSTAN_WITHOUT_CALLS
