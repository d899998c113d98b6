// Readers for IDX files, the format of MNIST and its relatives: a magic number, the extents, then the elements.
//
//   const auto [train, test] = data::load_idx_directory("fashion-mnist");   // X (784, m) in [0, 1], Y (m) labels
#pragma once

#include <cstdint>
#include <filesystem>
#include <source_location>
#include <string>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// What the elements of a file become.
enum class IdxValues : std::uint8_t {
  stated,        ///< i32, f32 or f64, whichever holds the type that the file states: bytes are i32 in 0 … 255
  f32,           ///< f32 in 0 … 255, of unsigned bytes only
  unit_interval  ///< f32 in [0, 1], of unsigned bytes only: divided by 255
};

/// Options of load_idx.
struct IdxOptions {
  IdxValues values = IdxValues::stated;
  std::uint64_t max_bytes = std::uint64_t{1} << 31;  ///< what the file may expand to
};

/// Reads one IDX file, plain or compressed by gzip (told by its content), with the shape that it states.
///
/// Types     unsigned byte, signed byte, short and int become i32; float f32; double f64.
/// Throws    IoError with the file and the offset for whatever is not a whole IDX file: unreadable, cut short, bytes
///           left over, wrong magic, more than 8 axes, extents whose product overflows or is more than the file can
///           hold or than `max_bytes`; for values other than `stated` where the elements are not unsigned bytes.
/// Cost      one pass in pieces of 64 KiB; no memory is taken for more elements than the file can hold.
Tensor load_idx(const std::filesystem::path& path, const IdxOptions& options = {},
                std::source_location where = std::source_location::current());

/// Options of load_idx_directory.
struct IdxDirectoryOptions {
  IdxValues values = IdxValues::unit_interval;       ///< of the pixels
  std::int64_t classes = 0;                          ///< labels are checked against it; 0: not known
  std::string prefix = {};                           ///< in front of the names, as "emnist-letters"; found if alone
  std::uint64_t max_bytes = std::uint64_t{1} << 31;  ///< what each file may expand to
};

/// Reads {train,t10k}-{images-idx3,labels-idx1}-ubyte, each plain or with ".gz": X (pixels, m), f32 unless told
/// otherwise, a view of the images as they lie in memory; Y (m) as i32.
///
/// Names     of MNIST, Fashion-MNIST and KMNIST; "test" for "t10k" and a prefix, as in emnist-balanced-test-…; labels in
///           QMNIST's idx2-int, of whose numbers the first is the class; a point in front of "idx", and each file in a
///           folder that has its name, as from Kaggle. EMNIST's pixels go down the columns first.
/// Throws    IoError as load_idx does; for a file that is missing; for files of several prefixes where none is given;
///           where images and labels differ in number, or train and test in pixels; for a label outside 0 … classes−1.
///           ValueError for a negative number of classes.
Split load_idx_directory(const std::filesystem::path& directory, const IdxDirectoryOptions& options = {},
                         std::source_location where = std::source_location::current());

}  // namespace capstan::data
