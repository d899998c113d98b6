#include "examples.hpp"

#include <array>
#include <cstring>

namespace capstan::data {
namespace {

// One example: x without its last axis.
struct Example {
  explicit Example(const Tensor& x)
      : shape{x.shape().extents().first(x.rank() - 1)},
        strides(x.strides().begin(), x.strides().end() - 1),
        elements{shape.elements()} {}

  bool in_one_piece() const noexcept {
    std::int64_t expected = 1;
    for (std::size_t i = shape.rank(); i-- > 0;) {
      if (shape[i] != 1 && strides[i] != expected) return false;
      expected *= shape[i];
    }
    return true;
  }

  Shape shape;
  Strides strides;
  std::int64_t elements;
};

// Counts through all axes but the last one, which is a loop of its own.
template <class T>
void copy_strided(const Example& example, const T* from, T* to) {
  const std::size_t axes = example.shape.rank() - 1;
  const std::int64_t row = example.shape[axes], step = example.strides[axes];
  std::array<std::int64_t, max_rank> at{};
  for (;;) {
    for (std::int64_t i = 0; i < row; ++i) *to++ = from[i * step];
    std::size_t axis = axes;
    while (axis > 0) {
      --axis;
      from += example.strides[axis];
      if (++at[axis] < example.shape[axis]) break;
      from -= example.shape[axis] * example.strides[axis];
      at[axis] = 0;
      if (axis == 0) return;
    }
    if (axes == 0) return;
  }
}

// Elements are copied as words of their size, for every dtype.
template <class Word>
void copy_words(const Tensor& x, std::span<const std::int64_t> positions, void* memory) {
  const Example example{x};
  if (example.elements == 0) return;
  const std::int64_t step = x.strides().back();
  const bool in_one_piece = example.in_one_piece();
  const auto* from = static_cast<const Word*>(x.raw());
  auto* to = static_cast<Word*>(memory);
  for (const std::int64_t position : positions) {
    if (in_one_piece) {
      std::memcpy(to, from + position * step, static_cast<std::size_t>(example.elements) * sizeof(Word));
    } else {
      copy_strided(example, from + position * step, to);
    }
    to += example.elements;
  }
}

Shape with_examples(const Tensor& x, std::int64_t count) {
  Strides extents(x.shape().begin(), x.shape().end());
  extents.back() = count;
  return Shape(std::span<const std::int64_t>(extents.data(), extents.size()));
}

}  // namespace

Tensor room_for_examples(const Tensor& x, std::int64_t count) {
  return view_of_examples(Tensor::empty(with_examples(x, count), x.dtype()).storage(), x, count);
}

Tensor view_of_examples(const StoragePtr& memory, const Tensor& x, std::int64_t count) {
  const Example example{x};
  Strides strides = row_major(example.shape);
  strides.push_back(example.elements);
  return Tensor::view(memory, 0, with_examples(x, count), strides, x.dtype());
}

void copy_examples(const Tensor& x, std::span<const std::int64_t> positions, const StoragePtr& memory) {
  if (size_of(x.dtype()) == 8) {
    copy_words<std::uint64_t>(x, positions, memory->data());
  } else {
    copy_words<std::uint32_t>(x, positions, memory->data());
  }
}

}  // namespace capstan::data
