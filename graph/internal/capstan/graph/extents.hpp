// Extents and axes as words of an op's attributes, one word each.
#pragma once

#include <cstdint>
#include <span>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/shape.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// Words that convert to the span that `record` takes.
class IntegerWords {
 public:
  explicit IntegerWords(std::span<const std::int64_t> numbers) {
    for (const std::int64_t number : numbers) words_.push_back(static_cast<Word>(number));
  }
  operator std::span<const Word>() const noexcept { return {words_.data(), words_.size()}; }

 private:
  boost::container::static_vector<Word, max_rank> words_;
};

inline IntegerWords words_of(const Shape& shape) { return IntegerWords{shape.extents()}; }

/// The shape whose extents these words are.
inline Shape shape_of(std::span<const Word> words) { return Shape(words); }

}  // namespace capstan
