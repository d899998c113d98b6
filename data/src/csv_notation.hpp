// Numbers in notations that load_csv does not read, or reads only when an option says so.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "csv_number.hpp"

namespace capstan::data::csv {

struct Notation {
  std::string_view name;  ///< "a number with a decimal comma"
  std::string remedy;     ///< the option that reads it ("`decimal = ','`"), or nothing
};

/// The notation of a text that a person would read as a number, but that is none in this format: with a decimal comma,
/// thousands, a percent sign, a currency, in hexadecimal, with Fortran's exponent, infinite, and the like.
std::optional<Notation> notation_of(std::string_view text, const NumberFormat& format);

/// True if the text begins with a number, in a wide sense: "2024-01-01", "18-24", "5 kg", "<3".
bool begins_like_number(std::string_view text);

}  // namespace capstan::data::csv
