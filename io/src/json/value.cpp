#include "json/value.hpp"

#include <algorithm>
#include <utility>

namespace capstan::io {

namespace {

constexpr int deepest = 16;

/// How deep brackets are nested, those in texts left out.
int depth_of(std::string_view text) {
  int depth = 0, most = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size() && most <= deepest; ++i) {
    const char c = text[i];
    if (c == '"') in_text = !in_text;
    if (in_text && c == '\\') ++i;
    if (in_text) continue;
    if (c == '[' || c == '{') most = std::max(most, ++depth);
    if (c == ']' || c == '}') --depth;
  }
  return most;
}

}  // namespace

Json parse_value(std::string_view text, std::string_view what, const data::Origin& origin) {
  if (depth_of(text) > deepest) origin.refuse(fmt::format("{} is nested more than {} deep", what, deepest));
  return read_value(what, origin, [&] { return Json::parse(text); });
}

std::int64_t whole(const Json& value) {
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (std::in_range<std::int64_t>(number)) return static_cast<std::int64_t>(number);
  } else if (value.is_number_integer()) {
    return value.get<std::int64_t>();
  }
  throw nlohmann::json::other_error::create(501, "a whole number is wanted", &value);
}

std::uint64_t whole_unsigned(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  throw nlohmann::json::other_error::create(501, "a whole number of at least 0 is wanted", &value);
}

}  // namespace capstan::io
