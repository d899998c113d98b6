// The header of NumPy's format: a magic word, a version, a length, and a Python dictionary as text.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <capstan/data/origin.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/tensor.hpp>

#include "stored.hpp"

namespace capstan::io {

struct NpyHeader {
  Stored type = Stored::f32;
  bool swapped = false;  ///< big-endian
  bool fortran = false;  ///< axis 0 varies fastest
  Shape shape;
  std::size_t size = 0;  ///< of the header, in bytes
};

/// `file` begins with the header. IoError for what is not as the format says, and for types that have no place here.
NpyHeader read_npy_header(std::span<const std::byte> file, const data::Origin& origin);

/// The dictionary alone. `offset` is where it begins in the file, for errors.
NpyHeader parse_npy_dictionary(std::string_view text, std::size_t offset, const data::Origin& origin);

std::string write_npy_header(const Tensor& tensor);

/// The array that a file holds, which must be nothing but the array; `name` is for errors.
Tensor read_npy(std::span<const std::byte> file, std::string_view name, const data::Origin& origin);

}  // namespace capstan::io
