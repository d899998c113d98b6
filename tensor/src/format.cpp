#include <capstan/tensor/format.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {
namespace {

constexpr std::int64_t most_elements = 1000;  // of a tensor that is printed whole
constexpr std::int64_t longest_axis = 32;
constexpr std::size_t widest_line = 80;

// Whole numbers without a point, others with six digits.
std::string text_of(double number) {
  if (number == std::trunc(number) && std::fabs(number) < 1e15) return fmt::format("{:.0f}", number);
  return fmt::format("{:.6g}", printable(number));
}

// The number of elements to print, or of pairs of brackets if there are none. Stops counting when there are many.
std::int64_t spots(const Shape& shape) {
  std::int64_t count = 1;
  for (const std::int64_t extent : shape) {
    if (count > most_elements) break;
    count *= std::clamp<std::int64_t>(extent, 1, most_elements + 1);
  }
  return count;
}

// The layout of the text: which positions of an axis are shown, and how wide a number is.
class Writer {
 public:
  explicit Writer(const Tensor& tensor) : tensor_{tensor} {
    const Shape& shape = tensor.shape();
    const bool large = spots(shape) > most_elements;
    // At most some 200 to 300 numbers, whatever the rank.
    edge_ = tensor.rank() <= 3 ? 3 : tensor.rank() == 4 ? 2 : 1;
    for (std::size_t i = 0; i < tensor.rank(); ++i) {
      cut_.push_back(shape[i] > 2 * edge_ && (large || shape[i] > longest_axis));
      summarised_ = summarised_ || cut_[i];
    }
  }

  std::string write() {
    std::string text;
    append(0, 0, text);
    if (text.size() > widest_line && tensor_.rank() > 1) {
      width_ = widest_;
      lines_ = true;
      text.clear();
      append(0, 0, text);
    }
    if (summarised_ || tensor_.elements() == 0)
      text += fmt::format(" {} {}", name_of(tensor_.dtype()), to_string(tensor_.shape()));
    return text;
  }

 private:
  void append(std::size_t axis, std::int64_t offset, std::string& text) {
    if (axis == tensor_.rank()) return append_number(offset, text);
    const std::int64_t extent = tensor_.shape()[axis];
    text += '[';
    for (std::int64_t i = 0; i < extent; ++i) {
      if (i > 0) append_separator(axis, text);
      if (cut_[axis] && i == edge_) {
        text += "…";
        append_separator(axis, text);
        i = extent - edge_;
      }
      append(axis + 1, offset + i * tensor_.strides()[axis], text);
    }
    text += ']';
  }

  void append_number(std::int64_t offset, std::string& text) {
    const double number = visit_dtype(
        tensor_.dtype(), [&]<class T>(T) { return static_cast<double>(static_cast<const T*>(tensor_.raw())[offset]); });
    const std::string digits = text_of(number);
    widest_ = std::max(widest_, digits.size());
    fmt::format_to(std::back_inserter(text), "{:>{}}", digits, width_);
  }

  // Numbers are written side by side, rows below each other, indented by the number of open brackets.
  void append_separator(std::size_t axis, std::string& text) const {
    const bool rows = lines_ && axis + 1 < tensor_.rank();
    text += rows ? ",\n" + std::string(axis + 1, ' ') : ", ";
  }

  const Tensor& tensor_;
  std::vector<bool> cut_;
  std::int64_t edge_ = 3;
  bool summarised_ = false;
  bool lines_ = false;
  std::size_t width_ = 0;
  std::size_t widest_ = 0;
};

}  // namespace

double engine::printable(double number) noexcept {
  return std::isnan(number) ? std::numeric_limits<double>::quiet_NaN() : number;
}

std::string to_string(const Tensor& tensor) { return Writer{tensor}.write(); }

fmt::format_context::iterator detail::write_text(const fmt::formatter<std::string_view>& spec, std::string_view text,
                                                 fmt::format_context& context) {
  return spec.format(text, context);
}

}  // namespace capstan
