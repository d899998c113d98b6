#include "examples.hpp"

#include <cstring>

#include <capstan/tensor/strided/axes.hpp>
#include <capstan/tensor/strided/walk.hpp>
#include <capstan/tensor/visit_dtype.hpp>

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

// The last axis is a loop of its own.
template <class T>
void copy_strided(const Example& example, const T* from, T* to) {
  StridedAxes<1> axes = axes_in_order(example.shape, example.strides);
  const auto [row, steps, tag] = axes.take(0);
  const std::int64_t rows = axes.elements();
  StridedWalk at{axes};
  for (std::int64_t r = 0; r < rows; ++r, at.next()) {
    for (std::int64_t i = 0; i < row; ++i) *to++ = from[at.offset() + i * steps[0]];
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
  return Shape(extents);
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
  visit_size(size_of(x.dtype()), [&]<class Word>(Word) { copy_words<Word>(x, positions, memory->data()); });
}

}  // namespace capstan::data
