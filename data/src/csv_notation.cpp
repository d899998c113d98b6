#include "csv_notation.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

namespace capstan::data::csv {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

struct Replacement {
  std::string_view from, to;
};

// Characters that stand for those of a number: spaces that do not break, the minus sign, digits of other scripts.
std::string to_ascii(std::string_view text) {
  constexpr std::array replacements{Replacement{"\u00A0", " "}, Replacement{"\u202F", " "}, Replacement{"\u2009", " "},
                                    Replacement{"\u2212", "-"}, Replacement{"\u2013", "-"}, Replacement{"\u2019", "'"},
                                    Replacement{"\u066B", "."}, Replacement{"\u066C", ","}, Replacement{"\uFF0E", "."}};
  constexpr std::array<std::string_view, 4> zeros{"\u0660", "\u06F0", "\u0966", "\uFF10"};
  std::string result;
  while (!text.empty()) {
    const auto replaced = std::ranges::find_if(replacements, [&](const auto& r) { return text.starts_with(r.from); });
    const auto digit = std::ranges::find_if(zeros, [&](std::string_view zero) {
      const std::size_t last = zero.size() - 1;
      return text.size() > last && text.substr(0, last) == zero.substr(0, last) && text[last] >= zero[last] &&
             text[last] <= zero[last] + 9;
    });
    if (replaced != replacements.end()) {
      result += replaced->to;
      text.remove_prefix(replaced->from.size());
    } else if (digit != zeros.end()) {
      result += static_cast<char>('0' + (text[digit->size() - 1] - digit->back()));
      text.remove_prefix(digit->size());
    } else {
      result += text.front();
      text.remove_prefix(1);
    }
  }
  return result;
}

bool is_not_finite(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  std::string word;
  for (const char c : text) word += lower(c);
  if (word.starts_with("nan(") || word.starts_with("1.#")) return true;
  constexpr std::array<std::string_view, 8> words{"inf", "infinity", ".inf", "nan", ".nan", "snan", "qnan", "∞"};
  return std::ranges::find(words, word) != words.end();
}

// After a sign: 0x1F, 0x1.8p3, 0b101, 0o17.
bool has_other_base(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.size() < 3 || text[0] != '0') return false;
  const char base = lower(text[1]);
  const std::string_view digits =
      base == 'x' ? "0123456789abcdef.p+-" : (base == 'b' ? "01" : (base == 'o' ? "01234567" : ""));
  return std::ranges::all_of(text.substr(2), [&](char c) { return digits.find(lower(c)) != std::string_view::npos; });
}

bool has_fortran_exponent(std::string_view text) {
  const std::size_t d = text.find_first_of("dDqQ");
  if (d == std::string_view::npos) return false;
  std::string with_e{text};
  with_e[d] = 'e';
  return parse_number(with_e).has_value();
}

// Digits in groups of three, or of two before the last one as in India; a point or a comma may follow them.
bool has_groups(std::string_view text, char separator) {
  const std::size_t first = text.find(separator);
  if (first == std::string_view::npos || first == 0 || first > 3) return false;
  std::size_t group = 0;
  bool last_is_three = false;
  const char decimal = separator == '.' ? ',' : '.';
  std::size_t at = 0;
  for (; at < text.size() && text[at] != decimal; ++at) {
    if (is_digit(text[at])) {
      ++group;
    } else if (text[at] == separator && (at == first || group == 2 || group == 3)) {
      group = 0;
    } else {
      return false;
    }
    last_is_three = group == 3;
  }
  return last_is_three && std::ranges::all_of(text.substr(std::min(at + 1, text.size())), is_digit);
}

bool has_decimal_comma(std::string_view text) {
  if (std::ranges::count(text, ',') != 1) return false;
  std::string with_point{text};
  with_point[text.find(',')] = '.';
  return parse_number(with_point).has_value();
}

// Numbers with a delimiter between them, as a field holds where fields are divided at another character.
bool is_list(std::string_view text, char delimiter) {
  if (text.find(delimiter) == std::string_view::npos) return false;
  for (;;) {
    const std::size_t end = std::min(text.find(delimiter), text.size());
    const std::string_view part = trim(text.substr(0, end));
    if (!parse_number(part) && !has_decimal_comma(part)) return false;
    if (end == text.size()) return true;
    text.remove_prefix(end + 1);
  }
}

std::string option_thousands(char separator) {
  return separator == '\'' ? "`thousands = '\\''`" : fmt::format("`thousands = '{}'`", separator);
}

std::optional<Notation> notation_of_digits(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  const bool comma = has_decimal_comma(text), groups = has_groups(text, ',');
  if (comma && groups) return Notation{"a number with a comma", "`decimal = ','` or `thousands = ','`"};
  if (comma) return Notation{"a number with a decimal comma", "`decimal = ','`"};
  for (const char separator : {',', '.', '\'', ' ', '_'}) {
    if (!has_groups(text, separator)) continue;
    const bool both = separator == '.' && text.find(',') != std::string_view::npos;
    return Notation{"a number with digits in groups",
                    both ? "`decimal = ','` with `thousands = '.'`" : option_thousands(separator)};
  }
  if (parse_number(text)) return Notation{"a number in characters other than ASCII", ""};
  return std::nullopt;
}

struct Mark {
  std::string_view text, name;
};

constexpr std::string_view percent = "a number with a percent sign", currency = "an amount in a currency",
                           quotes = "a number in other quotes", brackets = "a number in brackets",
                           sign_behind = "a number with a sign behind it";

constexpr std::array marks{Mark{"%", percent},    Mark{"‰", percent},    Mark{"$", currency},   Mark{"€", currency},
                           Mark{"£", currency},   Mark{"¥", currency},   Mark{"₹", currency},   Mark{"₽", currency},
                           Mark{"₩", currency},   Mark{"₺", currency},   Mark{"¢", currency},   Mark{"USD", currency},
                           Mark{"EUR", currency}, Mark{"GBP", currency}, Mark{"JPY", currency}, Mark{"CHF", currency},
                           Mark{"CNY", currency}, Mark{"INR", currency}, Mark{"'", quotes},     Mark{"`", quotes},
                           Mark{"=", quotes},     Mark{"\"", quotes},    Mark{"(", brackets},   Mark{")", brackets},
                           Mark{"[", brackets},   Mark{"]", brackets}};

// Takes one mark off either end. The name of the mark, or nothing where there is none.
std::string_view peel(std::string_view& text) {
  for (const Mark& mark : marks) {
    const bool front = text.starts_with(mark.text);
    if (!front && !text.ends_with(mark.text)) continue;
    text = trim(front ? text.substr(mark.text.size()) : text.substr(0, text.size() - mark.text.size()));
    return mark.name;
  }
  if (text.size() > 1 && text.ends_with('-')) {
    text = trim(text.substr(0, text.size() - 1));
    return sign_behind;
  }
  return {};
}

}  // namespace

std::optional<Notation> notation_of(std::string_view text, const NumberFormat& format) {
  constexpr std::size_t longest = 64;  // what is longer is no number that somebody wrote
  if (text.size() > longest || parse_number(text, format)) return std::nullopt;
  if (parse_number(text)) return Notation{"a number with a decimal point", "`decimal = '.'`"};
  if (is_not_finite(text)) return Notation{"no finite number", "`missing_values` can name it"};
  const std::string ascii = to_ascii(text);
  std::string_view core = trim(ascii), mark;
  for (const char delimiter : {';', '\t', '|'}) {
    if (is_list(core, delimiter)) {
      return Notation{"several numbers",
                      fmt::format("`delimiter = '{}'`", delimiter == '\t' ? "\\t" : std::string(1, delimiter))};
    }
  }
  for (;;) {
    if (has_other_base(core)) return Notation{"a number to another base", ""};
    if (has_fortran_exponent(core)) return Notation{"a number with Fortran's exponent", ""};
    const auto digits = notation_of_digits(core);
    if (digits) return mark.empty() ? digits : Notation{mark, ""};
    const bool sign = core.size() > 1 && (core.front() == '-' || core.front() == '+');
    const std::string_view peeled = peel(core);
    if (!peeled.empty()) {
      mark = peeled;
    } else if (sign) {
      core = trim(core.substr(1));  // as in "-$5", "- 5"
      if (mark.empty()) mark = "a number with a space behind its sign";
    } else {
      return std::nullopt;
    }
  }
}

bool begins_like_number(std::string_view text) {
  const std::string ascii = to_ascii(text);
  const std::size_t first = ascii.find_first_not_of(" +-.~<>=([$");
  return first != std::string::npos && is_digit(ascii[first]);
}

}  // namespace capstan::data::csv
