// The attributes of pad and of its gradient, and which position of x stands where in the result.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/ops/windows.hpp>
#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan {

/// The border of one axis.
struct PadAxis {
  std::int64_t before, after;
};

/// The words of a node: mode and value, then before and after of every axis of x.
using PadWords = boost::container::static_vector<Word, 2 + 2 * max_rank>;

/// What the words say.
class PadBorder {
 public:
  explicit PadBorder(std::span<const Word> words) noexcept : words_{words} {}

  // The attributes by name.
  PadMode mode() const noexcept { return static_cast<PadMode>(words_[0]); }
  double value() const noexcept { return std::bit_cast<double>(words_[1]); }
  std::size_t rank() const noexcept { return words_.size() / 2 - 1; }
  PadAxis operator[](std::size_t axis) const noexcept { return from_words<PadAxis>(words_.subspan(2 + 2 * axis, 2)); }

 private:
  std::span<const Word> words_;
};

/// The position of x that stands at a position of the padded axis; −1 for the constant.
constexpr std::int64_t padded_from(PadMode mode, std::int64_t position, std::int64_t before,
                                   std::int64_t extent) noexcept {
  const std::int64_t i = position - before;
  if (i >= 0 && i < extent) return i;
  if (mode == PadMode::constant) return -1;
  if (mode == PadMode::edge) return i < 0 ? 0 : extent - 1;
  return i < 0 ? -i : 2 * (extent - 1) - i;
}

void describe_pad(Description& d, std::span<const Word> words);

const Op& pad_gradient_op() noexcept;
/// Records pad with words that are right for x.
Var record_pad(const Operand& x, std::span<const Word> words, std::source_location where);

}  // namespace capstan
