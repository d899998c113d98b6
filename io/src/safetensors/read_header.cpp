// What a header says, checked against the file that it stands in.
#include <algorithm>
#include <tuple>

#include <fmt/format.h>

#include "checksum.hpp"
#include "safetensors/header.hpp"

namespace capstan::io {

namespace {

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = length_bytes; i-- > 0;) value = value << 8U | static_cast<std::uint64_t>(bytes[i]);
  return value;
}

/// The text of the header, which ends where the bytes of the tensors begin.
std::string_view header_text(std::span<const std::byte> file, const data::Origin& origin) {
  if (file.size() < length_bytes) {
    origin.refuse(
        fmt::format("a safetensors file begins with 8 bytes that say how long its header is, and this one has {}"
                    " bytes",
                    file.size()));
  }
  const std::uint64_t length = little_endian(file);
  if (length > longest_header) {
    origin.refuse(fmt::format("the header would be {} bytes long, more than the {} that the format allows; this is no "
                              "safetensors file, or a damaged one",
                              length, longest_header),
                  "offset 0");
  }
  if (length > file.size() - length_bytes) {
    origin.refuse(fmt::format("the header is {} bytes long and only {} follow: the file is cut short", length,
                              file.size() - length_bytes),
                  "offset 0");
  }
  const std::string_view text{reinterpret_cast<const char*>(file.data()) + length_bytes, length};
  if (!text.starts_with('{')) origin.refuse("the header must begin with \"{\"", fmt::format("offset {}", length_bytes));
  return text;
}

void check_size(const Entry& entry, const data::Origin& origin) {
  if (entry.end < entry.begin) {
    origin.refuse(
        fmt::format("tensor {} ends at {}, before it begins at {}", data::excerpt(entry.name), entry.end, entry.begin));
  }
  std::uint64_t bytes = 0;
  const auto elements = static_cast<std::uint64_t>(entry.shape.elements());
  const bool counted = !__builtin_mul_overflow(elements, std::uint64_t{size_of(entry.type)}, &bytes);
  if (counted && bytes == entry.end - entry.begin) return;
  origin.refuse(fmt::format("tensor {} {} of {} needs {} bytes, and has {}", data::excerpt(entry.name),
                            to_string(entry.shape), safetensors_name(entry.type),
                            counted ? fmt::format("{}", bytes) : "more than 2^64", entry.end - entry.begin));
}

/// The ranges of the entries, in order, must be all of the bytes behind the header, each once.
void check_ranges(const std::vector<Entry>& entries, std::uint64_t bytes, const data::Origin& origin) {
  std::uint64_t end = 0;
  for (const Entry& entry : entries) {
    check_size(entry, origin);
    if (entry.begin < end) {
      origin.refuse(fmt::format("tensor {} begins at {} behind the header, within the one before, which ends at {}",
                                data::excerpt(entry.name), entry.begin, end));
    }
    if (entry.begin > end) {
      origin.refuse(fmt::format("nothing stands from {} to {} behind the header, before tensor {}", end, entry.begin,
                                data::excerpt(entry.name)));
    }
    if (entry.end > bytes) {
      origin.refuse(
          fmt::format("tensor {} ends at {} behind the header, and the file holds {} bytes there: it is cut "
                      "short",
                      data::excerpt(entry.name), entry.end, bytes));
    }
    end = entry.end;
  }
  if (end != bytes) origin.refuse(fmt::format("{} bytes behind the header belong to no tensor", bytes - end));
}

/// Checks the header's own checksum, and hands out those of the tensors.
void take_checksums(std::string_view header, Header& parsed, const data::Origin& origin, Checksums checksums) {
  const auto found = parsed.metadata.find(std::string{checksums_key});
  if (found == parsed.metadata.end()) return;
  const std::string text = std::move(found->second);
  parsed.metadata.erase(found);
  if (checksums == Checksums::ignored) return;
  constexpr std::size_t start = 4, each = 17;  // "xxh3", then " 0123456789abcdef" each
  const std::optional<std::size_t> digits = find_header_digits(header);
  constexpr std::string_view else_rewritten =
      ", or another program wrote the file anew and kept its metadata; ignore_checksums reads it";
  const auto refuse = [&] {
    origin.refuse(fmt::format("the checksums in the header are not as this library writes them{}", else_rewritten));
  };
  if (!digits || !text.starts_with("xxh3") || text.size() != start + each * (1 + parsed.entries.size())) refuse();
  const auto number = [&](std::size_t i) {
    return checksum_of_digits(std::string_view{text}.substr(start + each * i + 1, 16));
  };
  if (number(0) != header_checksum(header, *digits)) {
    origin.refuse(fmt::format("the header is damaged: its checksum is not the one that it says{}", else_rewritten),
                  "offset 0");
  }
  for (std::size_t i = 0; i < parsed.entries.size(); ++i) {
    parsed.entries[i].checksum = number(i + 1);
    if (!parsed.entries[i].checksum) refuse();
  }
}

}  // namespace

std::uint64_t header_checksum(std::string_view header, std::size_t position) {
  static constexpr std::string_view zeros = "0000000000000000";
  Checksum sum;
  sum.add(header.substr(0, position));
  sum.add(zeros);
  sum.add(header.substr(position + zeros.size()));
  return sum.value();
}

std::optional<std::size_t> find_header_digits(std::string_view header) {
  const std::string before = fmt::format("\"{}\":\"xxh3 ", checksums_key);
  const std::size_t found = header.find(before);
  if (found == header.npos || found + before.size() + 16 > header.size()) return std::nullopt;
  return found + before.size();
}

Header read_header(std::span<const std::byte> file, const data::Origin& origin, Checksums checksums) {
  const std::string_view text = header_text(file, origin);
  Header header = parse_header(text, origin);
  std::ranges::sort(header.entries, [](const Entry& a, const Entry& b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  const std::uint64_t start = length_bytes + text.size();
  check_ranges(header.entries, file.size() - start, origin);
  take_checksums({reinterpret_cast<const char*>(file.data()), start}, header, origin, checksums);
  for (Entry& entry : header.entries) {
    entry.begin += start;
    entry.end += start;
  }
  return header;
}

}  // namespace capstan::io
