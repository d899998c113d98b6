// The dictionary of an .npy header. It is a literal of Python with three known keys, so it is read by hand:
// {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "npy/header.hpp"

namespace capstan::io {

namespace {

class Dictionary {
 public:
  Dictionary(std::string_view text, std::size_t offset, const data::Origin& origin)
      : text_{text}, offset_{offset}, origin_{origin} {}

  NpyHeader read() {
    expect('{');
    while (!take('}')) {
      read_field(read_text());
      if (!take(',') && peek() != '}') refuse("\",\" or \"}\" is wanted");
    }
    skip_blanks();
    if (at_ != text_.size()) refuse("something follows the dictionary");
    if (!descr_) refuse("the header has no descr");
    if (!fortran_) refuse("the header has no fortran_order");
    if (!shape_) refuse("the header has no shape");
    NpyHeader header;
    set_type(header);
    header.fortran = *fortran_;
    try {
      header.shape = Shape(*shape_, origin_.where);
    } catch (const ShapeError&) {
      refuse(fmt::format("63 bits do not count the elements of shape ({})", fmt::join(*shape_, ", ")));
    }
    return header;
  }

 private:
  [[noreturn]] void refuse(std::string_view rule) const {
    origin_.refuse(rule, fmt::format("offset {}", offset_ + at_));
  }

  void skip_blanks() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }
  char peek() {
    skip_blanks();
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  bool take(char c) {
    if (peek() != c || at_ == text_.size()) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!take(c)) refuse(fmt::format("\"{}\" is wanted", c));
  }

  std::string_view read_text() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') refuse("a text in quotes is wanted");
    const std::size_t begin = ++at_;
    while (at_ < text_.size() && text_[at_] != quote) ++at_;
    if (at_ == text_.size()) refuse("a text does not end");
    return text_.substr(begin, at_++ - begin);
  }

  bool read_truth() {
    skip_blanks();
    for (const bool value : {true, false}) {
      const std::string_view word = value ? "True" : "False";
      if (!text_.substr(at_).starts_with(word)) continue;
      at_ += word.size();
      return value;
    }
    refuse("True or False is wanted");
  }

  std::int64_t read_extent() {
    skip_blanks();
    std::int64_t extent = 0;
    const char* const begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), extent);
    if (error != std::errc{} || extent < 0) refuse("an extent of at least 0 that 63 bits hold is wanted");
    at_ += static_cast<std::size_t>(end - begin);
    if (at_ < text_.size() && text_[at_] == 'L') ++at_;  // as Python 2 wrote them
    return extent;
  }

  void read_shape() {
    shape_.emplace();
    expect('(');
    while (!take(')')) {
      if (shape_->size() == max_rank) refuse(fmt::format("an array of more than {} axes is not read here", max_rank));
      shape_->push_back(read_extent());
      if (!take(',') && peek() != ')') refuse("\",\" or \")\" is wanted");
    }
  }

  void read_field(std::string_view key) {
    const bool twice = (key == "descr" && descr_) || (key == "fortran_order" && fortran_) || (key == "shape" && shape_);
    if (twice) refuse(fmt::format("the header has {} twice", key));
    expect(':');
    if (key == "descr") {
      if (peek() == '[') refuse("an array of records is not read here");
      descr_ = read_text();
    } else if (key == "fortran_order") {
      fortran_ = read_truth();
    } else if (key == "shape") {
      read_shape();
    } else {
      refuse(fmt::format("the header has {}, which the format does not know", data::excerpt(key)));
    }
  }

  void set_type(NpyHeader& header) const;

  std::string_view text_;
  std::size_t offset_;
  const data::Origin& origin_;
  std::size_t at_ = 0;
  std::optional<std::string_view> descr_;
  std::optional<bool> fortran_;
  std::optional<std::vector<std::int64_t>> shape_;
};

struct Named {
  std::string_view name;
  Stored type;
};

constexpr std::array types{Named{"f8", Stored::f64}, Named{"f4", Stored::f32}, Named{"f2", Stored::f16},
                           Named{"i8", Stored::i64}, Named{"i4", Stored::i32}, Named{"i2", Stored::i16},
                           Named{"i1", Stored::i8},  Named{"u8", Stored::u64}, Named{"u4", Stored::u32},
                           Named{"u2", Stored::u16}, Named{"u1", Stored::u8},  Named{"b1", Stored::boolean}};

std::string_view kind_of(char kind) {
  switch (kind) {
    case 'O':
      return "Python objects, whose reading runs code";
    case 'c':
      return "complex numbers";
    case 'S':
    case 'a':
    case 'U':
      return "texts";
    case 'V':
      return "records";
    case 'M':
    case 'm':
      return "dates";
    default:
      return "elements of an unknown type";
  }
}

void Dictionary::set_type(NpyHeader& header) const {
  std::string_view name = *descr_;
  char order = '=';
  if (!name.empty() && std::string_view{"<>=|"}.find(name[0]) != std::string_view::npos) {
    order = name[0];
    name.remove_prefix(1);
  }
  for (const auto& [known, type] : types) {
    if (known != name) continue;
    header.type = type;
    header.swapped = order == '>' && size_of(type) > 1;
    if (order == '|' && size_of(type) > 1) break;
    return;
  }
  refuse(fmt::format("an array of {} is not read here, got descr {}", kind_of(name.empty() ? '\0' : name[0]),
                     data::excerpt(*descr_)));
}

}  // namespace

NpyHeader parse_npy_dictionary(std::string_view text, std::size_t offset, const data::Origin& origin) {
  return Dictionary{text, offset, origin}.read();
}

}  // namespace capstan::io
