// Numbers as CSV files write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capstan::data::csv {

/// The text without spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;

struct NumberFormat {
  char decimal = '.';
  char thousands = '\0';  ///< between groups of three digits; 0: nothing

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// Reads a number: decimal, with or without an exponent, and no spaces around it. An infinity if it is beyond f64;
/// nothing if the text is no number ("inf" and "nan" are none).
std::optional<double> parse_number(std::string_view text, const NumberFormat& format = {});

/// The shortest way to write the number in the text, exactly, without rounding: "1" for "1.0", "+01" and "1e0",
/// and "0" for "-0". Nothing if it is no number.
std::optional<std::string> canonical_number(std::string_view text, const NumberFormat& format = {});

/// True if the text, which must be a number, is written as an integer: no digits but zeros behind the point, no exponent.
bool is_integer(std::string_view number, const NumberFormat& format);

}  // namespace capstan::data::csv
