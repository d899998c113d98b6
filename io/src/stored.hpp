// Stored: the types of elements that files hold, and what they become here: floating-point numbers of 16 bits are read as
// f32, and whole numbers and truth values as i32 where they fit.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include <capstan/data/origin.hpp>
#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::io {

enum class Stored : std::uint8_t { f64, f32, f16, bf16, i64, i32, i16, i8, u64, u32, u16, u8, boolean };

std::size_t size_of(Stored type) noexcept;
DType read_as(Stored type) noexcept;
Stored stored_as(DType dtype) noexcept;

/// The names of the safetensors format: "F32".
std::string_view safetensors_name(Stored type) noexcept;
std::optional<Stored> find_safetensors_type(std::string_view name) noexcept;

/// Bytes of elements in a file, row-major.
struct StoredElements {
  std::string_view name;  ///< for errors
  Stored type = Stored::f32;
  std::span<const std::byte> bytes;
  std::uint64_t offset = 0;  ///< in the file, for errors
  bool swapped = false;      ///< bytes of an element come the other way round than in memory
};

/// Whether the bytes are what a tensor holds in memory.
bool as_in_memory(const StoredElements& elements) noexcept;

/// Writes the elements to memory that is row-major, of read_as(type).
///
/// Throws    IoError for a whole number that i32 cannot hold, naming it and its position; nothing is promised then of what
///           was written.
void convert(const StoredElements& elements, void* to, const data::Origin& origin);

/// Throws what `convert` would throw, and writes nothing.
void check_fits(const StoredElements& elements, const data::Origin& origin);

/// A tensor in memory of its own.
Tensor make_tensor(const StoredElements& elements, const Shape& shape, const data::Origin& origin);

}  // namespace capstan::io
