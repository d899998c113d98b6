#include "einsum_axes.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

constexpr bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Reader {
 public:
  Reader(std::string_view text, std::span<const Operand* const> operands, std::source_location where)
      : text_{text}, operands_{operands}, where_{where} {}

  EinsumAxes read() {
    const std::size_t arrow = text_.find("->");
    read_operands(text_.substr(0, arrow));
    if (axes_.operands.size() != operands_.size()) {
      refuse<ValueError>(
          fmt::format("\"{}\" is for {} operands, got {}", text_, axes_.operands.size(), operands_.size()));
    }
    if (arrow == std::string_view::npos) {
      axes_.output = letters_that_stand_once();
    } else {
      axes_.output = read_letters(text_.substr(arrow + 2));
      check_output();
    }
    check_dtypes();
    check_shapes();
    return std::move(axes_);
  }

 private:
  template <class E>
  [[noreturn]] void refuse(std::string_view rule, std::string_view hint = {}) const {
    throw E{refusal("einsum", rule, operands_, where_, hint)};
  }

  std::string read_letters(std::string_view part) const {
    std::string letters;
    for (const char c : part) {
      if (is_letter(c)) letters.push_back(c);
      if (is_letter(c) || c == ' ') continue;
      if (c == '.') refuse<ValueError>(fmt::format("\"{}\": \"...\" is not read; give each axis a letter", text_));
      refuse<ValueError>(fmt::format("\"{}\": an axis must be a letter, got '{}'", text_, c));
    }
    return letters;
  }

  void read_operands(std::string_view part) {
    for (std::size_t comma = 0; comma != std::string_view::npos; part.remove_prefix(comma + 1)) {
      comma = part.find(',');
      axes_.operands.push_back(read_letters(part.substr(0, comma)));
      if (comma == std::string_view::npos) return;
    }
  }

  std::size_t count(char letter) const {
    std::size_t times = 0;
    for (const std::string& axes : axes_.operands) times += std::count(axes.begin(), axes.end(), letter);
    return times;
  }

  /// By the alphabet, capitals first.
  std::string letters_that_stand_once() const {
    std::string letters;
    for (char c = 'A'; c <= 'z'; ++c) {
      if (count(c) == 1) letters.push_back(c);
    }
    return letters;
  }

  void check_output() const {
    for (const char c : axes_.output) {
      if (count(c) == 0) refuse<ValueError>(fmt::format("\"{}\": no operand has the output's axis {}", text_, c));
      if (std::count(axes_.output.begin(), axes_.output.end(), c) > 1)
        refuse<ValueError>(fmt::format("\"{}\": the output has axis {} twice", text_, c));
    }
  }

  void check_dtypes() const {
    std::optional<DType> common;
    for (const Operand* const operand : operands_) {
      if (operand->is_number()) continue;
      const DType dtype = operand->dtype();
      if (common && dtype != *common)
        refuse<DTypeError>(fmt::format("operands must have one dtype, got {} and {}", *common, dtype), literals_hint);
      common = dtype;
    }
    if (common && !is_floating(*common))
      refuse<DTypeError>(fmt::format("operands must be f32 or f64, got {}", *common), literals_hint);
  }

  void check_shapes() const {
    struct Extent {
      std::int64_t extent = 0;
      std::size_t operand = 0;  ///< counted from 1; 0: the letter was not met yet
    };
    std::array<Extent, 'z' - 'A' + 1> extents;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const Shape& shape = operands_[i]->shape();
      const std::string& axes = axes_.operands[i];
      if (axes.size() != shape.rank()) {
        refuse<ShapeError>(fmt::format("\"{}\": operand {} has {} axes, not the {} of \"{}\"", text_, i + 1,
                                       shape.rank(), axes.size(), axes));
      }
      for (std::size_t k = 0; k < axes.size(); ++k) {
        Extent& known = extents[static_cast<std::size_t>(axes[k] - 'A')];
        if (known.operand == 0) known = {shape[k], i + 1};
        if (known.extent == shape[k]) continue;
        refuse<ShapeError>(
            fmt::format("\"{}\": axis {} must have one extent, got {} of operand {} and {} of operand {}", text_,
                        axes[k], known.extent, known.operand, shape[k], i + 1));
      }
    }
  }

  std::string_view text_;
  std::span<const Operand* const> operands_;
  std::source_location where_;
  EinsumAxes axes_;
};

}  // namespace

EinsumAxes read_einsum(std::string_view text, std::span<const Operand* const> operands, std::source_location where) {
  return Reader{text, operands, where}.read();
}

}  // namespace capstan
