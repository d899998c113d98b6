// Small pieces of JSON within the metadata: made into a tree, whose depth is capped.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/data/origin.hpp>

namespace capstan::io {

using Json = nlohmann::ordered_json;

/// IoError for what is no JSON, or nested more than 16 deep. `what` says what it is: "capstan.model".
Json parse_value(std::string_view text, std::string_view what, const data::Origin& origin);

/// Reads with `read`; what is missing or of another kind is refused by an IoError.
template <std::invocable Read>
auto read_value(std::string_view what, const data::Origin& origin, const Read& read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    origin.refuse(fmt::format("{} is not as this library writes it: {}", what, error.what()));
  }
}

/// A whole number; nlohmann-json would cut off a fraction without a word. Throws its type_error.
std::int64_t whole(const Json& value);
std::uint64_t whole_unsigned(const Json& value);

}  // namespace capstan::io
