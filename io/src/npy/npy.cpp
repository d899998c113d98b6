#include <capstan/io/npy.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "file/atomic_file.hpp"
#include "file/map_file.hpp"
#include "npy/header.hpp"
#include "npy/write.hpp"

namespace capstan::io {

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;                  // of the first element in the file
constexpr std::size_t longest = std::size_t{1} << 20;  // of headers, in bytes

std::string_view descr_of(DType dtype) {
  if (dtype == DType::f64) return "<f8";
  return dtype == DType::f32 ? "<f4" : "<i4";
}

std::string shape_of(const Shape& shape) {
  if (shape.rank() == 1) return fmt::format("({},)", shape[0]);
  return fmt::format("({})", fmt::join(shape.extents(), ", "));
}

}  // namespace

NpyHeader read_npy_header(std::span<const std::byte> file, const data::Origin& origin) {
  const std::string_view text{reinterpret_cast<const char*>(file.data()), file.size()};
  if (!text.starts_with(magic)) origin.refuse("an .npy file begins with \"\\x93NUMPY\", and this does not", "offset 0");
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(file[i]); };
  if (text.size() < 10) origin.refuse("the header is cut short", fmt::format("offset {}", text.size()));
  const std::size_t version = byte(6);
  if (version < 1 || version > 3 || byte(7) != 0) {
    origin.refuse(fmt::format("version {}.{} of the format is not known", version, byte(7)), "offset 6");
  }
  const std::size_t start = version == 1 ? 10 : 12;
  if (text.size() < start) origin.refuse("the header is cut short", fmt::format("offset {}", text.size()));
  std::size_t length = 0;
  for (std::size_t i = start; i-- > 8;) length = length << 8U | byte(i);
  if (length > longest)
    origin.refuse(fmt::format("the header would be {} bytes long, more than {}", length, longest), "offset 8");
  if (length > text.size() - start) {
    origin.refuse(
        fmt::format("the header is {} bytes long and only {} follow: it is cut short", length, text.size() - start),
        "offset 8");
  }
  NpyHeader header = parse_npy_dictionary(text.substr(start, length), start, origin);
  header.size = start + length;
  return header;
}

std::string write_npy_header(const Tensor& tensor) {
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}",
                                       descr_of(tensor.dtype()), shape_of(tensor.shape()));
  while ((magic.size() + 4 + dictionary.size() + 1) % alignment != 0) dictionary += ' ';
  dictionary += '\n';
  std::string header{magic};
  header += {'\1', '\0', static_cast<char>(dictionary.size() & 0xFFU), static_cast<char>(dictionary.size() >> 8U)};
  return header + dictionary;
}

Tensor read_npy(std::span<const std::byte> file, std::string_view name, const data::Origin& origin) {
  const NpyHeader header = read_npy_header(file, origin);
  const std::uint64_t there = file.size() - header.size;
  std::uint64_t bytes = 0;
  const auto elements = static_cast<std::uint64_t>(header.shape.elements());
  const bool counted = !__builtin_mul_overflow(elements, std::uint64_t{size_of(header.type)}, &bytes);
  if (!counted || bytes != there) {
    origin.refuse(fmt::format("an array {} of {} bytes each needs {} bytes behind the header, and {} are there",
                              to_string(header.shape), size_of(header.type),
                              counted ? fmt::format("{}", bytes) : "more than 2^64", there),
                  fmt::format("offset {}", header.size));
  }
  const StoredElements stored{name, header.type, file.subspan(header.size), header.size, header.swapped};
  if (!header.fortran) return make_tensor(stored, header.shape, origin);
  std::vector<std::int64_t> extents(header.shape.begin(), header.shape.end());
  std::ranges::reverse(extents);
  return make_tensor(stored, Shape(extents, origin.where), origin).transpose();
}

void write_npy(const data::Origin& origin, System& system, const Tensor& tensor) {
  const Tensor rows = tensor.is_contiguous() ? tensor : tensor.copy();
  AtomicFile file{origin, system};
  file.write(write_npy_header(rows));
  file.write(
      {static_cast<const std::byte*>(rows.raw()), static_cast<std::size_t>(rows.elements()) * size_of(rows.dtype())});
  file.commit();
}

void save_npy(const std::filesystem::path& path, const Tensor& tensor, std::source_location where) {
  write_npy({"save_npy", path, where}, System::real(), tensor);
}

Tensor load_npy(const std::filesystem::path& path, std::source_location where) {
  const data::Origin origin{"load_npy", path, where};
  const MappedFile file = map_file(origin);
  return read_npy(file.bytes, path.filename().string(), origin);
}

}  // namespace capstan::io
