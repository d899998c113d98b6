// NumPy's files: .npy holds one array, .npz is a zip archive of them.
//
//   io::save_npy("x.npy", x);
//   io::save_npz("arrays.npz", {{"x", x}, {"y", y}}, {.compress = true});
//   const io::NamedTensors arrays = io::load_npz("arrays.npz");
#pragma once

#include <cstdint>
#include <filesystem>
#include <source_location>

#include <capstan/io/tensors.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::io {

/// Writes version 1.0 of the format, row-major. The file takes the place of an old one as a whole: until then the old one
/// stays, and also if this throws.
///
/// Throws    IoError, naming the call of the system that failed.
void save_npy(const std::filesystem::path& path, const Tensor& tensor,
              std::source_location where = std::source_location::current());

/// Reads versions 1 to 3 of the format, in either order of bytes and of axes, of any shape: an array in Fortran's order
/// becomes a transposed view. f2 becomes f32; bool, and whole numbers of 8 to 64 bits, become i32.
///
/// Memory    the tensor: at most 4 times the file, rounded up to whole huge pages.
/// Throws    IoError with the offset at fault: what is no regular file, cannot be read, or is not as the format says; an
///           array of objects, texts, records, dates or complex numbers; a whole number that i32 cannot hold.
Tensor load_npy(const std::filesystem::path& path, std::source_location where = std::source_location::current());

/// Options of save_npz.
struct SaveNpzOptions {
  bool compress = false;  ///< by deflate; else the arrays are stored as they are
};

/// Writes an archive of "name.npy", as numpy.savez does. Replaces an old file as save_npy does.
///
/// Throws    IoError, naming the call of the system that failed; ValueError for a name that is empty, no UTF-8, longer
///           than 60,000 bytes, absolute, or holds ".." or a backslash.
void save_npz(const std::filesystem::path& path, const NamedTensors& tensors, const SaveNpzOptions& options = {},
              std::source_location where = std::source_location::current());

/// Options of load_npz.
struct LoadNpzOptions {
  std::uint64_t max_bytes = std::uint64_t{1} << 31;  ///< that the arrays may expand to
};

/// Reads an archive of arrays, stored or deflated, by their names without ".npy".
///
/// Range     archives up to 4 GiB, as far as minizip reads them.
/// Memory    the tensors, and the largest deflated array as it expands. They hold at most 1032 times the bytes of the file,
///           which is what deflate can make of it; 4 times that where bytes become i32.
/// Throws    IoError, naming the entry: what is no regular file or no archive; a checksum that is not right; an entry
///           that is encrypted, comes twice, has a path with "..", is no ".npy", or claims a size that it cannot have;
///           entries that overlap; more than max_bytes; and what load_npy throws.
NamedTensors load_npz(const std::filesystem::path& path, const LoadNpzOptions& options = {},
                      std::source_location where = std::source_location::current());

}  // namespace capstan::io
