// The attributes of windows and of fold_windows, which are the same but for one number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/shape.hpp>

#include "axes.hpp"

namespace capstan {

/// An axis along which a window slides. The number is the window's size for windows, and the extent of the result for
/// fold_windows.
struct WindowAxis {
  std::int64_t axis, number, stride, dilation;
};

/// The axes as words, which convert to the span that `record` takes.
class WindowWords {
 public:
  void add(const WindowAxis& axis) {
    for (const Word word : to_words(axis)) words_.push_back(word);
  }
  operator std::span<const Word>() const noexcept { return {words_.data(), words_.size()}; }

 private:
  boost::container::static_vector<Word, 4 * max_rank> words_;
};

/// The axes that words stand for.
class WindowAxes {
 public:
  explicit WindowAxes(std::span<const Word> words) noexcept : words_{words} {}

  // As of a container.
  std::size_t size() const noexcept { return words_.size() / 4; }
  WindowAxis operator[](std::size_t i) const noexcept { return from_words<WindowAxis>(words_.subspan(4 * i, 4)); }

 private:
  std::span<const Word> words_;
};

/// Describes the axes, whose numbers are called so.
void describe_windows(Description& d, std::span<const Word> words, std::string_view numbers);

const Op& fold_windows_op() noexcept;

}  // namespace capstan
