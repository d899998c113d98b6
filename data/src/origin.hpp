// Origin: who reads which file, and for which line of the user's program. Every IoError of a reader is written here.
#pragma once

#include <filesystem>
#include <source_location>
#include <string>
#include <string_view>

namespace capstan::data {

struct Origin {
  std::string_view who;
  std::filesystem::path file;
  std::source_location where;

  /// Throws an IoError: the rule, then the file and the place in it ("line 3", "offset 16"), then the user's line.
  [[noreturn]] void refuse(std::string_view rule, std::string_view at = {}) const;
};

/// A piece of a file as messages print it: in quotes, cut after 40 bytes, control characters as "?".
std::string excerpt(std::string_view text);

}  // namespace capstan::data
