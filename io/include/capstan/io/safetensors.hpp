// safetensors: files of named tensors that PyTorch, HuggingFace and others read and write. Models are saved by
// <capstan/io/model.hpp>; this is the level below.
//
//   io::save_safetensors("points.safetensors", {{"x", x}, {"y", y}}, {.metadata = {{"unit", "mm"}}});
//   const io::TensorFile file = io::load_safetensors("points.safetensors");
//   const Tensor x = file["x"];
#pragma once

#include <concepts>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <capstan/io/tensors.hpp>

namespace capstan::io {

/// What is saved with the tensors.
struct SafetensorsOptions {
  Metadata metadata = {};
};

/// Writes a file that takes the place of the old one as a whole: until then the old one stays, and also if this throws. It
/// holds a checksum of each tensor and of the header, in its metadata, where other readers pass over them.
///
/// Throws    IoError, naming the call of the system that failed; ValueError for names and metadata that are no UTF-8 or
///           that the format or the checksums keep for themselves ("__metadata__", "capstan.checksums").
/// Memory    a copy of one tensor at a time that is not contiguous.
void save_safetensors(const std::filesystem::path& path, const NamedTensors& tensors,
                      const SafetensorsOptions& options = {},
                      std::source_location where = std::source_location::current());

namespace detail {

struct TensorFileContent;

}  // namespace detail

/// A file that is mapped into memory: a tensor is read when it is asked for. Copies of this object are the same file.
class TensorFile {
 public:
  /// The name of a tensor; the line where it is made is the one that errors name.
  struct Name {
    template <std::convertible_to<std::string_view> T>
    Name(const T& name, std::source_location line = std::source_location::current()) : text{name}, where{line} {}

    std::string_view text;
    std::source_location where;
  };

  /// In the order in which they lie in the file; from several files, file after file.
  const std::vector<std::pair<std::string, TensorType>>& entries() const& noexcept;
  std::vector<std::pair<std::string, TensorType>> entries() const&& { return entries(); }
  const Metadata& metadata() const& noexcept;
  Metadata metadata() const&& { return metadata(); }
  std::size_t size() const noexcept { return entries().size(); }
  bool contains(std::string_view name) const noexcept;

  /// The tensor of this name. Where the file holds it as a tensor does – f64, f32 or i32 at a position that is a multiple
  /// of its size – it is a view of the file, which stays mapped as long as somebody holds the tensor, and which cannot be
  /// written. Else it is a copy: f16 and bf16 as f32, other whole numbers and truth values as i32.
  ///
  /// Throws    IndexError if there is none; IoError for a whole number that i32 cannot hold.
  Tensor operator[](const Name& name) const;

  /// Reads all of it and compares the checksums, where there are any: files of others have none.
  ///
  /// Throws    IoError, naming the tensor that is damaged.
  void verify(std::source_location where = std::source_location::current()) const;

 private:
  friend struct TensorFileAccess;
  explicit TensorFile(std::shared_ptr<const detail::TensorFileContent> content);

  std::shared_ptr<const detail::TensorFileContent> content_;  // which no copy changes
};

/// How a file is read.
struct LoadSafetensorsOptions {
  /// Take the file's checksums for none: of a file that another program wrote anew and whose metadata it kept.
  bool ignore_checksums = false;
};

/// Opens a file, or all the files of a set by its index ("model.safetensors.index.json"), which must lie beside it. Only
/// headers are read. A file must not be made shorter in place while it is open – one that is replaced by a rename, as
/// `save_safetensors` does, may be.
///
/// Range     dtypes F64, F32, F16, BF16, I64 … I8, U64 … U8, BOOL; headers up to 100 MB.
/// Memory    at most 32 times the headers; an index, 32 times its size.
/// Throws    IoError, naming file and tensor or offset: what is no regular file, cannot be read, or is not as the format
///           says – every byte belongs to one tensor –, or whose header does not have the checksum that it says.
TensorFile load_safetensors(const std::filesystem::path& path,
                            std::source_location where = std::source_location::current());
TensorFile load_safetensors(const std::filesystem::path& path, const LoadSafetensorsOptions& options,
                            std::source_location where = std::source_location::current());

}  // namespace capstan::io
