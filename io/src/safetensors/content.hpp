// What a TensorFile is made of: the files that are mapped, and where each tensor lies.
#pragma once

#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <capstan/data/origin.hpp>
#include <capstan/io/safetensors.hpp>

#include "file/map_file.hpp"
#include "safetensors/header.hpp"

namespace capstan::io {

struct detail::TensorFileContent {
  struct File {
    std::filesystem::path path;
    MappedFile mapped;
  };
  struct Place {
    std::size_t file = 0;
    Entry entry;
  };

  std::filesystem::path path;  // that was opened
  std::vector<File> files;
  std::vector<Place> places;  // in the order of `entries`
  std::vector<std::pair<std::string, TensorType>> entries;
  std::map<std::string_view, std::size_t> by_name;  // into `places`, whose names it looks at
  Metadata metadata;

  data::Origin origin(std::size_t file, std::string_view who, const std::source_location& where) const {
    return {who, files[file].path, where};
  }
  std::span<const std::byte> bytes(const Place& place) const {
    return files[place.file].mapped.bytes.subspan(place.entry.begin, place.entry.end - place.entry.begin);
  }
  StoredElements elements(const Place& place) const {
    return {place.entry.name, place.entry.type, bytes(place), place.entry.begin, false};
  }
  /// Throws IoError if the bytes do not have the checksum that the file says.
  void verify(const Place& place, std::string_view who, const std::source_location& where) const;
  const Place* find(std::string_view name) const;
  /// As TensorFile::operator[].
  Tensor tensor(const Place& place, std::string_view who, const std::source_location& where) const;
};

struct TensorFileAccess {
  static TensorFile make(std::shared_ptr<const detail::TensorFileContent> content) {
    return TensorFile{std::move(content)};
  }
  static const detail::TensorFileContent& content(const TensorFile& file) { return *file.content_; }
};

/// Opens a file or a set; `who` stands in front of errors.
TensorFile open_tensors(std::string_view who, const std::filesystem::path& path, const std::source_location& where,
                        Checksums checksums = Checksums::compared);

}  // namespace capstan::io
