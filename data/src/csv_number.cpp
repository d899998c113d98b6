#include "csv_number.hpp"

#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

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

}  // namespace

std::string_view trim(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<double> parse_number(std::string_view text) noexcept {
  std::string_view digits = trim(text);
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

}  // namespace capstan::data::csv
