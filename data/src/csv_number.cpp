#include "csv_number.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include <fmt/format.h>

namespace capstan::data::csv {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// Whether a number that f64 cannot hold is too small rather than too large: by the power of ten of its first digit.
bool is_below_one(std::string_view number) noexcept {
  std::int64_t power = 0;
  bool fraction = false, begun = false;
  std::size_t at = 0;
  for (; at < number.size() && (is_digit(number[at]) || number[at] == '.'); ++at) {
    if (number[at] == '.') {
      fraction = true;
      continue;
    }
    begun = begun || number[at] != '0';
    if (begun && !fraction) ++power;
    if (!begun && fraction) --power;
  }
  if (at == number.size()) return power <= 0;
  number.remove_prefix(at + 1);  // the e
  const bool negative = number.starts_with('-');
  if (number.starts_with('+')) number.remove_prefix(1);
  std::int32_t exponent = 0;
  const bool fits = std::from_chars(number.data(), number.data() + number.size(), exponent).ec == std::errc{};
  return fits ? power + exponent <= 0 : negative;
}

std::optional<double> parse_plain(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  const bool begins = !digits.empty() && (is_digit(digits.front()) || digits.front() == '.');
  if (!begins) return std::nullopt;
  double value = 0.0;
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range)
    value = is_below_one(digits) ? 0.0 : std::numeric_limits<double>::infinity();
  return negative ? -value : value;
}

bool is_plain(const NumberFormat& format) noexcept { return format.decimal == '.' && format.thousands == '\0'; }

// The text with a point and without separators; empty where they stand in other places than after one to three digits
// and before groups of three.
std::string plain(std::string_view text, const NumberFormat& format) {
  std::string result;
  result.reserve(text.size());
  std::size_t at = 0;
  if (text.starts_with('-') || text.starts_with('+')) result += text[at++];
  bool grouped = false;
  for (std::size_t group = 0;; ++at) {
    const char c = at < text.size() ? text[at] : '\0';
    if (is_digit(c)) {
      result += c;
      ++group;
      continue;
    }
    if (grouped && group != 3) return {};
    if (c == '\0' || c != format.thousands) break;
    if (!grouped && (group == 0 || group > 3)) return {};
    grouped = true;
    group = 0;
  }
  for (; at < text.size(); ++at) {
    if (text[at] == '.' && format.decimal != '.') return {};
    result += text[at] == format.decimal ? '.' : text[at];
  }
  return result;
}

// A number cut in pieces: digits (without zeros at either end) · 10^power.
struct Pieces {
  bool negative = false;
  std::string digits;
  std::int64_t power = 0;
};

// Nothing where the exponent is too large to count with.
std::optional<Pieces> cut(std::string_view number) {
  constexpr std::int64_t largest = 1'000'000'000'000;
  Pieces pieces;
  pieces.negative = number.starts_with('-');
  if (pieces.negative || number.starts_with('+')) number.remove_prefix(1);
  const std::size_t e = std::min(number.find_first_of("eE"), number.size());
  if (e < number.size()) {
    std::string_view exponent = number.substr(e + 1);
    if (exponent.starts_with('+')) exponent.remove_prefix(1);
    const auto error = std::from_chars(exponent.data(), exponent.data() + exponent.size(), pieces.power).ec;
    if (error != std::errc{} || pieces.power > largest || pieces.power < -largest) return std::nullopt;
  }
  const std::string_view mantissa = number.substr(0, e);
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  pieces.digits = mantissa.substr(0, point);
  if (point < mantissa.size()) {
    pieces.digits += mantissa.substr(point + 1);
    pieces.power -= static_cast<std::int64_t>(mantissa.size() - point - 1);
  }
  const std::size_t last = pieces.digits.find_last_not_of('0');
  if (last == std::string::npos) return Pieces{};
  pieces.power += static_cast<std::int64_t>(pieces.digits.size() - last - 1);
  pieces.digits.erase(last + 1);
  pieces.digits.erase(0, pieces.digits.find_first_not_of('0'));
  return pieces;
}

std::string join(const Pieces& pieces) {
  constexpr std::int64_t most_zeros = 6;
  const std::string& digits = pieces.digits;
  const std::string sign = pieces.negative ? "-" : "";
  if (digits.empty()) return "0";
  const std::int64_t count = static_cast<std::int64_t>(digits.size()), power = pieces.power;
  const std::int64_t before_point = count + power;
  if (power >= 0 && power <= most_zeros) return sign + digits + std::string(static_cast<std::size_t>(power), '0');
  if (power < 0 && before_point > 0) {
    return sign + digits.substr(0, static_cast<std::size_t>(before_point)) + "." +
           digits.substr(static_cast<std::size_t>(before_point));
  }
  if (power < 0 && before_point > -most_zeros)
    return sign + "0." + std::string(static_cast<std::size_t>(-before_point), '0') + digits;
  return fmt::format("{}{}{}{}e{}", sign, digits.substr(0, 1), count > 1 ? "." : "", digits.substr(1),
                     before_point - 1);
}

// As the file writes it, but with a point and without separators; it is a number.
std::string with_point(std::string_view number, const NumberFormat& format) {
  return is_plain(format) ? std::string{number} : plain(number, format);
}

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> parse_number(std::string_view text, const NumberFormat& format) {
  return is_plain(format) ? parse_plain(text) : parse_plain(plain(text, format));
}

std::optional<std::string> canonical_number(std::string_view text, const NumberFormat& format) {
  if (!parse_number(text, format)) return std::nullopt;
  const std::string number = with_point(text, format);
  const auto pieces = cut(number);
  return pieces ? join(*pieces) : number;
}

bool is_integer(std::string_view number, const NumberFormat& format) {
  const std::string text = with_point(number, format);
  if (text.find_first_of("eE") != std::string::npos) return false;
  const std::size_t point = text.find('.');
  return point == std::string::npos || text.find_first_not_of('0', point + 1) == std::string::npos;
}

}  // namespace capstan::data::csv
