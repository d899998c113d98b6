// Numbers as CSV files write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace capstan::data::csv {

/// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;

struct NumberFormat {
  char decimal = '.';
  char thousands = '\0';  ///< between groups of three digits; 0: nothing

  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// The number that the text is: decimal, with an exponent if need be, and no spaces around it. An infinity where f64
/// cannot hold it; nothing where it is no number ("inf" and "nan" are none).
std::optional<double> parse_number(std::string_view text, const NumberFormat& format = {});

/// The shortest way to write the number that the text is, exactly, without rounding: "1" for "1.0", "+01" and "1e0",
/// and "0" for "-0". Nothing where it is no number.
std::optional<std::string> canonical_number(std::string_view text, const NumberFormat& format = {});

/// Whether the text, which is a number, is written as an integer: no digits but zeros behind the point, no exponent.
bool is_integer(std::string_view number, const NumberFormat& format);

}  // namespace capstan::data::csv
