// Files for tests: a folder that goes away with its object, gzip, and IDX files of any content.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace test {

class Folder {
 public:
  Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder();

  const std::filesystem::path& path() const noexcept { return path_; }
  /// Writes a file of this content, and answers with its path.
  std::filesystem::path write(const std::string& name, std::string_view content) const;

 private:
  std::filesystem::path path_;
};

/// One gzip member.
std::string gzip(std::string_view content);

/// The four bytes of a number, the highest first.
std::string big_endian(std::uint32_t number);

/// An IDX file: a type, extents, and the elements as they are.
std::string idx(std::uint8_t type, const std::vector<std::uint32_t>& extents, std::string_view elements);

/// Bytes as text: bytes({0, 255}).
std::string bytes(const std::vector<int>& values);

}  // namespace test
