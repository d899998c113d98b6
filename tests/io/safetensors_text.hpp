// Safetensors files made by hand.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <fmt/format.h>

namespace test {

/// A file of this header, whatever it says, and these bytes behind it.
inline std::string safetensors(const std::string& header, const std::string& bytes) {
  std::string file;
  for (int i = 0; i < 8; ++i) file += static_cast<char>(std::uint64_t{header.size()} >> (8 * i) & 0xFFU);
  return file + header + bytes;
}

/// A file of one tensor, "x".
inline std::string safetensors_of(const std::string& dtype, const std::string& shape, const std::string& bytes) {
  return safetensors(
      fmt::format(R"({{"x":{{"dtype":"{}","shape":{},"data_offsets":[0,{}]}}}})", dtype, shape, bytes.size()), bytes);
}

inline std::string content_of(const std::filesystem::path& file) {
  std::ifstream in{file, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

}  // namespace test
