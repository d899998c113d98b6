// The format: two bytes 0, one that tells the type of the elements, one that tells the number of axes; four bytes an
// axis for its extent; then the elements in row-major order. All numbers are big-endian.
#include <capstan/data/idx.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "file_reader.hpp"
#include "idx_file.hpp"

namespace capstan::data {
namespace {

constexpr std::size_t prefix = idx_first_element(0);  // bytes in front of the extents
constexpr std::size_t bytes_an_axis = idx_first_element(1) - prefix;

template <std::size_t bytes>
using Unsigned = std::conditional_t<
    bytes == 1, std::uint8_t,
    std::conditional_t<bytes == 2, std::uint16_t, std::conditional_t<bytes == 4, std::uint32_t, std::uint64_t>>>;

template <class T>
T load(const std::byte* from) {
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) bits = bits << 8 | std::to_integer<std::uint64_t>(from[i]);
  return std::bit_cast<T>(static_cast<Unsigned<sizeof(T)>>(bits));
}

// Writes `count` elements of the file from position `first` of the tensor on.
using Convert = void (*)(const std::byte* from, std::int64_t count, void* tensor, std::int64_t first);

template <class From, class To>
void convert(const std::byte* from, std::int64_t count, void* tensor, std::int64_t first) {
  auto* to = static_cast<To*>(tensor) + first;
  for (std::int64_t i = 0; i < count; ++i) {
    // NOLINTNEXTLINE(bugprone-signed-char-misuse): a signed byte is a number here, not a character.
    to[i] = static_cast<To>(load<From>(from + i * static_cast<std::int64_t>(sizeof(From))));
  }
}

void convert_to_unit(const std::byte* from, std::int64_t count, void* tensor, std::int64_t first) {
  auto* to = static_cast<float*>(tensor) + first;
  for (std::int64_t i = 0; i < count; ++i) to[i] = static_cast<float>(load<std::uint8_t>(from + i)) / 255.0f;
}

struct ElementType {
  std::uint8_t code;
  std::string_view name;
  std::int64_t bytes;
  DType dtype;
  Convert convert;
};

constexpr std::array element_types{
    ElementType{0x08, "unsigned byte", 1, DType::i32, convert<std::uint8_t, std::int32_t>},
    ElementType{0x09, "signed byte", 1, DType::i32, convert<std::int8_t, std::int32_t>},
    ElementType{0x0B, "short", 2, DType::i32, convert<std::int16_t, std::int32_t>},
    ElementType{0x0C, "int", 4, DType::i32, convert<std::int32_t, std::int32_t>},
    ElementType{0x0D, "float", 4, DType::f32, convert<float, float>},
    ElementType{0x0E, "double", 8, DType::f64, convert<double, double>},
};

std::string at_offset(std::uint64_t offset) { return fmt::format("offset {}", offset); }

void read_all(FileReader& reader, std::span<std::byte> to, std::string_view what, const Origin& origin) {
  const std::size_t got = reader.read(to);
  if (got == to.size()) return;
  if (reader.offset() == 0) origin.refuse("the file is empty");
  origin.refuse(fmt::format("the file is cut short: {} should take {} bytes, {} are there", what, to.size(), got),
                at_offset(reader.offset()));
}

struct Header {
  ElementType type;
  std::vector<std::int64_t> extents;
};

Header read_header(FileReader& reader, const Origin& origin) {
  std::array<std::byte, prefix> magic{};
  read_all(reader, magic, "the magic number", origin);
  const auto type = std::ranges::find(element_types, std::to_integer<std::uint8_t>(magic[2]), &ElementType::code);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || type == element_types.end()) {
    const auto number = load<std::uint32_t>(magic.data());
    origin.refuse(fmt::format("an IDX file begins with 00 00, a type (08, 09, 0b to 0e) and the number of axes, this "
                              "one with {:02x} {:02x} {:02x} {:02x}",
                              number >> 24, number >> 16 & 0xFFu, number >> 8 & 0xFFu, number & 0xFFu),
                  at_offset(0));
  }
  const auto axes = std::to_integer<std::size_t>(magic[3]);
  if (axes > max_rank)
    origin.refuse(fmt::format("a tensor has at most {} axes, the file states {}", max_rank, axes), at_offset(3));
  std::array<std::byte, max_rank * bytes_an_axis> bytes{};
  read_all(reader, std::span{bytes}.first(axes * bytes_an_axis), "the extents", origin);
  Header header{*type, {}};
  for (std::size_t axis = 0; axis < axes; ++axis)
    header.extents.push_back(load<std::uint32_t>(bytes.data() + axis * bytes_an_axis));
  return header;
}

// The number of elements. Refused before any memory is taken: a product that overflows (extents of 0 left out, as in
// Shape), and more than the file can hold.
std::int64_t count_elements(const Header& header, const FileReader& reader, const Origin& origin) {
  const auto extents = [&] { return fmt::format("extents ({})", fmt::join(header.extents, ", ")); };
  constexpr std::int64_t widest = 8;  // bytes of an element in memory, so that its bytes can be counted too
  std::int64_t product = widest;
  for (const std::int64_t extent : header.extents) {
    if (extent > 0 && __builtin_mul_overflow(product, extent, &product))
      origin.refuse(fmt::format("{} multiply to more than 63 bits count", extents()), at_offset(prefix));
  }
  const bool none = std::ranges::count(header.extents, 0) > 0;
  const std::int64_t elements = none ? 0 : product / widest;
  const auto bytes = static_cast<std::uint64_t>(elements * header.type.bytes);
  if (bytes > reader.remaining()) {
    origin.refuse(fmt::format("{} of {} take {} bytes, but no more than {} can follow (the size of the file and "
                              "max_bytes allow no more)",
                              extents(), header.type.name, bytes, reader.remaining()),
                  at_offset(reader.offset()));
  }
  return elements;
}

void read_elements(FileReader& reader, const ElementType& type, std::int64_t elements, Tensor& to,
                   const Origin& origin) {
  std::vector<std::byte> buffer(FileReader::piece);
  const std::int64_t in_piece = static_cast<std::int64_t>(buffer.size()) / type.bytes;
  for (std::int64_t first = 0; first < elements; first += in_piece) {
    const std::int64_t count = std::min(in_piece, elements - first);
    const auto piece = std::span{buffer}.first(static_cast<std::size_t>(count * type.bytes));
    const std::size_t got = reader.read(piece);
    if (got < piece.size()) {
      origin.refuse(fmt::format("the file is cut short: the elements should take {} bytes, {} are there",
                                elements * type.bytes, first * type.bytes + static_cast<std::int64_t>(got)),
                    at_offset(reader.offset()));
    }
    type.convert(buffer.data(), count, to.raw(), first);
  }
  const std::uint64_t end = reader.offset();
  if (reader.read(std::span{buffer}.first(1)) > 0)
    origin.refuse("bytes are left over after the last element", at_offset(end));
}

}  // namespace

Tensor read_idx(const Origin& origin, IdxValues values, std::uint64_t max_bytes, bool bytes_only) {
  FileReader reader{origin, max_bytes};
  Header header = read_header(reader, origin);
  if ((bytes_only || values != IdxValues::stated) && header.type.code != element_types[0].code) {
    origin.refuse(fmt::format("the elements must be of type unsigned byte, they are {}", header.type.name),
                  at_offset(2));
  }
  if (values != IdxValues::stated) {
    header.type.dtype = DType::f32;
    header.type.convert = values == IdxValues::unit_interval ? convert_to_unit : convert<std::uint8_t, float>;
  }
  const std::int64_t elements = count_elements(header, reader, origin);
  Tensor result = Tensor::empty(Shape(header.extents), header.type.dtype);
  read_elements(reader, header.type, elements, result, origin);
  return result;
}

Tensor load_idx(const std::filesystem::path& path, const IdxOptions& options, std::source_location where) {
  return read_idx({"load_idx", path, where}, options.values, options.max_bytes);
}

}  // namespace capstan::data
