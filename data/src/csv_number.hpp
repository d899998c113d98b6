#pragma once

#include <optional>
#include <string_view>

namespace capstan::data::csv {

/// Without the spaces and tabs at both ends.
std::string_view trim(std::string_view text) noexcept;

/// The number that the text is, spaces around it left out: decimal, with an exponent if need be. An infinity where f64
/// cannot hold it; nothing where it is no number ("inf" and "nan" are none).
std::optional<double> parse_number(std::string_view text) noexcept;

}  // namespace capstan::data::csv
