// .npy files made by hand.
#pragma once

#include <string>

namespace test {

/// A file of this dictionary, whatever it says, and these bytes behind it.
inline std::string npy(const std::string& dictionary, const std::string& bytes, int version = 1) {
  std::string file = "\x93NUMPY";
  file += static_cast<char>(version);
  file += '\0';
  const int width = version == 1 ? 2 : 4;
  for (int i = 0; i < width; ++i) file += static_cast<char>(dictionary.size() >> (8 * i) & 0xFFU);
  return file + dictionary + bytes;
}

}  // namespace test
