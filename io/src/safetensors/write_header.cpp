#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <capstan/tensor/error.hpp>

#include "checksum.hpp"
#include "safetensors/header.hpp"

namespace capstan::io {

namespace {

constexpr std::size_t alignment = 64;  // of the first byte behind the header

std::string quoted(std::string_view text, const data::Origin& origin) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {
    origin.refuse_option(fmt::format("names and metadata must be UTF-8, got {}", data::excerpt(text)));
  }
}

std::string checksums_of(const std::vector<Entry>& entries) {
  std::string text = "xxh3 0000000000000000";
  for (const Entry& entry : entries) text += fmt::format(" {}", digits_of(entry.checksum.value_or(0)));
  return text;
}

}  // namespace

std::string write_header(const std::vector<Entry>& entries, const Metadata& metadata, const data::Origin& origin) {
  // The checksums come first, so that no other text of the header can be taken for them.
  std::string text(length_bytes, '\0');
  text += fmt::format("{{\"__metadata__\":{{\"{}\":\"{}\"", checksums_key, checksums_of(entries));
  for (const auto& [name, value] : metadata) text += fmt::format(",{}:{}", quoted(name, origin), quoted(value, origin));
  text += '}';
  for (const Entry& entry : entries) {
    text += fmt::format(",{}:{{\"dtype\":\"{}\",\"shape\":[{}],\"data_offsets\":[{},{}]}}", quoted(entry.name, origin),
                        safetensors_name(entry.type), fmt::join(entry.shape.extents(), ","), entry.begin, entry.end);
  }
  text += '}';
  while (text.size() % alignment != 0) text += ' ';
  if (text.size() - length_bytes > longest_header) {
    origin.refuse(fmt::format("the header would be {} bytes long, more than the {} that the format allows",
                              text.size() - length_bytes, longest_header));
  }
  for (std::size_t i = 0; i < length_bytes; ++i) {
    text[i] = static_cast<char>((text.size() - length_bytes) >> (8 * i) & 0xFFU);
  }
  const std::size_t digits = *find_header_digits(text);
  text.replace(digits, 16, digits_of(header_checksum(text, digits)));
  return text;
}

}  // namespace capstan::io
