// The header of a safetensors file: eight bytes that say its length, then JSON that says for every tensor its type, its
// shape and where its bytes lie behind the header.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/data/origin.hpp>
#include <capstan/io/tensors.hpp>
#include <capstan/tensor/shape.hpp>

#include "stored.hpp"

namespace capstan::io {

constexpr std::size_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // as other readers of the format have it

struct Entry {
  std::string name;
  Stored type = Stored::f32;
  Shape shape;
  std::uint64_t begin = 0, end = 0;  ///< in the file
  std::optional<std::uint64_t> checksum = {};
};

struct Header {
  std::vector<Entry> entries;  ///< in the order of their bytes
  Metadata metadata;
};

/// Where a file says what its checksums are: under this name of the metadata. The text is "xxh3" and 16 digits for the
/// header – whose checksum is that of its bytes with zeros in place of these digits – and for each tensor, in the order of
/// their bytes.
constexpr std::string_view checksums_key = "capstan.checksums";

/// What becomes of the checksums that a file says.
enum class Checksums : std::uint8_t { compared, ignored };

/// Reads the header of a file. What it says is checked against the file: every byte behind the header belongs to exactly
/// one tensor, and every tensor has as many bytes as its shape and type say.
///
/// Memory    at most 32 times the header.
/// Throws    IoError with the offset or the name of the tensor at fault.
Header read_header(std::span<const std::byte> file, const data::Origin& origin, Checksums checksums);

/// The JSON of a header as it stands, before offsets are checked; `text` begins at offset 8. Offsets are those of the
/// header, behind which the bytes begin.
Header parse_header(std::string_view text, const data::Origin& origin);

/// The bytes in front of those of the tensors, whose entries have a checksum and follow one another; padded so that the
/// bytes behind it begin at a multiple of 64. ValueError for a name or text that is no UTF-8.
std::string write_header(const std::vector<Entry>& entries, const Metadata& metadata, const data::Origin& origin);

/// The checksum of a header with zeros in place of the 16 digits at `position`.
std::uint64_t header_checksum(std::string_view header, std::size_t position);

/// The position of these digits, where the header has any.
std::optional<std::size_t> find_header_digits(std::string_view header);

}  // namespace capstan::io
