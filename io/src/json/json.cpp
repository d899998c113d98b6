#include <capstan/io/json.hpp>

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

Json parse_value(std::string_view text, std::string_view what, const data::Origin& origin, std::size_t longest) {
  if (text.size() > longest)
    origin.refuse(fmt::format("{} is {} bytes long, more than {}", what, text.size(), longest));
  // nlohmann-json takes a NUL byte for the end of the text.
  if (text.find('\0') != text.npos) origin.refuse(fmt::format("{} holds a NUL byte", what));
  if (depth_of(text) > deepest) origin.refuse(fmt::format("{} is nested more than {} deep", what, deepest));
  return read_value(what, origin, [&] { return Json::parse(text); });
}

std::string shortened(std::string_view message) {
  constexpr std::size_t longest = 200;
  std::size_t end = message.size();
  if (end > longest) {
    end = longest;
    // A character of UTF-8 is not cut in two: its later bytes have the form 10xxxxxx.
    while (end > 0 && (static_cast<unsigned char>(message[end]) & 0xC0U) == 0x80U) --end;
  }
  std::string shown{message.substr(0, end)};
  std::ranges::replace_if(shown, [](char c) { return static_cast<unsigned char>(c) < 0x20U || c == 0x7F; }, '?');
  return end < message.size() ? shown + "…" : shown;
}

bool is_utf8(std::string_view text) {
  try {
    (void)Json(text).dump();
    return true;
  } catch (const nlohmann::json::type_error&) {
    return false;
  }
}

void refuse_value(const std::string& why) {
  throw nlohmann::json::other_error::create(501, why, static_cast<const Json*>(nullptr));
}

std::int64_t whole(const Json& value, std::int64_t least) {
  const bool fits =
      value.is_number_unsigned() ? std::in_range<std::int64_t>(value.get<std::uint64_t>()) : value.is_number_integer();
  if (fits && value.get<std::int64_t>() >= least) return value.get<std::int64_t>();
  refuse_value(least >= 0 ? fmt::format("a whole number of at least {} is wanted", least)
                          : std::string{"a whole number is wanted"});
}

std::uint64_t whole_unsigned(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  refuse_value("a whole number of at least 0 is wanted");
}

}  // namespace capstan::io
