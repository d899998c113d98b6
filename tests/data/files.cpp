#include "files.hpp"

#include <stdlib.h>

#include <fstream>
#include <stdexcept>

#include <zlib.h>

namespace test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "capstan-test-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::filesystem::path Folder::write(const std::string& name, std::string_view content) const {
  std::ofstream file{path_ / name, std::ios::binary};
  file.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file) throw std::runtime_error{"cannot write " + name};
  return path_ / name;
}

std::string gzip(std::string_view content) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error{"no deflate"};
  std::string result(deflateBound(&stream, content.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(content.data()));
  stream.avail_in = static_cast<uInt>(content.size());
  stream.next_out = reinterpret_cast<Bytef*>(result.data());
  stream.avail_out = static_cast<uInt>(result.size());
  const int status = deflate(&stream, Z_FINISH);
  result.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) throw std::runtime_error{"deflate failed"};
  return result;
}

std::string big_endian(std::uint32_t number) {
  std::string result;
  for (int shift = 24; shift >= 0; shift -= 8) result += static_cast<char>(number >> shift & 0xFFu);
  return result;
}

std::string idx(std::uint8_t type, const std::vector<std::uint32_t>& extents, std::string_view elements) {
  std::string result = bytes({0, 0, type, static_cast<int>(extents.size())});
  for (const std::uint32_t extent : extents) result += big_endian(extent);
  return result.append(elements);
}

std::string bytes(const std::vector<int>& values) {
  std::string result;
  for (const int value : values) result += static_cast<char>(value);
  return result;
}

}  // namespace test
