// Origin: the function that reads a file, the file, and the user's line. It writes all messages of the readers.
#pragma once

#include <filesystem>
#include <source_location>
#include <string>
#include <string_view>

#include <capstan/tensor/error.hpp>

namespace capstan::data {

/// An IoError that says nothing against a file: the system does not hand it out – no permission, too many open files, a
/// disk that fails –, a newer version of the library wrote it, or it is whole and something else. Whoever passes over
/// damaged files stops here.
class UnreadableError : public IoError {
 public:
  using IoError::IoError;
};

struct Origin {
  std::string_view who;
  std::filesystem::path file;
  std::source_location where;

  /// A message: the rule, then the file and the place in it ("line 3", "offset 16"), then the user's line.
  std::string message(std::string_view rule, std::string_view at = {}) const;
  /// Throws an IoError with that message.
  [[noreturn]] void refuse(std::string_view rule, std::string_view at = {}) const;
  /// Throws an UnreadableError with the same message.
  [[noreturn]] void refuse_unreadable(std::string_view rule, std::string_view at = {}) const;
  /// Throws a ValueError about an option.
  [[noreturn]] void refuse_option(std::string_view rule) const;
};

/// A piece of a file as messages print it: in quotes, cut after 40 bytes, control characters as "?".
std::string excerpt(std::string_view text);

}  // namespace capstan::data
