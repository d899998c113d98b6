// Small pieces of JSON within the metadata: made into a tree, whose size and depth are capped.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/data/origin.hpp>

namespace capstan::io {

using Json = nlohmann::json;                 ///< for reading: a key is found in logarithmic time
using OrderedJson = nlohmann::ordered_json;  ///< for writing alone: inserting searches all keys

/// The longest text that parse_value takes unless it is told otherwise, and that is written.
constexpr std::size_t longest_json = std::size_t{1} << 25;

/// IoError for what is no JSON, longer than `longest`, or nested more than 16 deep. `what` says what it is, such as
/// "capstan.model".
Json parse_value(std::string_view text, std::string_view what, const data::Origin& origin,
                 std::size_t longest = longest_json);

/// A message about JSON for an error: at most 200 bytes of it, with control characters as "?".
std::string shortened(std::string_view message);

/// Whether JSON, zip and safetensors can hold the text.
bool is_utf8(std::string_view text);

/// Reads with `read`; what is missing or of another kind is refused by an IoError.
template <std::invocable Read>
auto read_value(std::string_view what, const data::Origin& origin, const Read& read) {
  try {
    return read();
  } catch (const nlohmann::json::exception& error) {
    origin.refuse(fmt::format("{} is not as this library writes it: {}", what, shortened(error.what())));
  }
}

/// Throws an exception of nlohmann-json, which read_value makes an IoError of.
[[noreturn]] void refuse_value(const std::string& why);

/// A whole number of at least `least`; nlohmann-json would cut off a fraction without a word. Throws as refuse_value.
std::int64_t whole(const Json& value, std::int64_t least = std::numeric_limits<std::int64_t>::min());
std::uint64_t whole_unsigned(const Json& value);

}  // namespace capstan::io
