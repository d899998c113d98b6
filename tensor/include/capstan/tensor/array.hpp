// Array and Layout: values as kernels see them. Word: what attributes are made of, so that kernels can read them.
// ElementwiseKernel: a kernel that a fused group can call.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan::engine {

/// Attributes (an axis, a slope) travel on the tape as 8-byte words, so that two nodes can be compared word by word.
using Word = std::uint64_t;

/// An attribute struct as words. Every field must be 8 bytes wide, so that there is no padding.
template <class A>
std::array<Word, sizeof(A) / sizeof(Word)> to_words(const A& attributes) noexcept {
  static_assert(sizeof(A) % sizeof(Word) == 0 && alignof(A) == alignof(Word));
  return std::bit_cast<std::array<Word, sizeof(A) / sizeof(Word)>>(attributes);
}

/// The attribute struct that words were made of; fields beyond the words are 0.
template <class A>
A from_words(std::span<const Word> words) noexcept {
  std::array<Word, sizeof(A) / sizeof(Word)> copy{};
  for (std::size_t i = 0; i < copy.size() && i < words.size(); ++i) copy[i] = words[i];
  return std::bit_cast<A>(copy);
}

/// Dtype and shape of a value, which are known before it is computed.
struct ArrayType {
  DType dtype;
  Shape shape;
};

/// The shape of a value and where its elements are in memory; offset and strides in elements.
struct Layout {
  std::int64_t offset = 0;
  Shape shape;
  Strides strides;
};

/// An array as a kernel sees it.
struct Array {
  void* data = nullptr;
  DType dtype = DType::f32;
  Shape shape;
  Strides strides;

  /// The first element; T must be the dtype's type.
  template <Element T>
  T* as() const noexcept {
    return static_cast<T*>(data);
  }
};

/// Computes one op over n elements. An input is a contiguous array of n elements or, where its bit in `scalars` is set, a
/// single element that is used n times. The output may be the memory of an input, element for element.
using ElementwiseKernel = void (*)(std::int64_t n, void* out, const void* const* in, unsigned scalars,
                                   const Word* words);

}  // namespace capstan::engine
