#include "tape/leaf.hpp"

#include <stdexcept>

namespace capstan {

namespace leaves {
constexpr LeafOp constant{"constant"};
constexpr LeafOp variable{"variable"};
constexpr LeafOp parameter{"parameter"};
constexpr LeafOp buffer{"buffer"};
constexpr LeafOp number{"number"};
constexpr LeafOp literal{"number"};
}  // namespace leaves

ArrayType LeafOp::infer(const Signature& signature) const {
  const std::span<const Word> words = signature.words();
  return {static_cast<DType>(words[0]), Shape{words.subspan(1, (words.size() - 1) / 2)}};
}

Computation LeafOp::computation(const Types&, std::span<const Word>) const {
  throw std::logic_error{"a leaf is not computed"};
}

LeafWords leaf_words(const Tensor& value) {
  LeafWords words;
  words.push_back(static_cast<Word>(value.dtype()));
  for (const std::int64_t extent : value.shape()) words.push_back(static_cast<Word>(extent));
  for (const std::int64_t stride : value.strides()) words.push_back(static_cast<Word>(stride));
  return words;
}

Strides leaf_strides(std::span<const Word> words) {
  Strides strides;
  const std::size_t rank = words.size() / 2;
  for (std::size_t i = 0; i < rank; ++i) strides.push_back(static_cast<std::int64_t>(words[1 + rank + i]));
  return strides;
}

}  // namespace capstan
