#include <capstan/tensor/error.hpp>

#include <string_view>

#include <fmt/format.h>

namespace capstan {

std::string engine::place(const std::source_location& where) {
  std::string_view file = where.file_name();
  if (file.empty()) return "an unknown line";
  if (const auto slash = file.find_last_of("/\\"); slash != std::string_view::npos) file.remove_prefix(slash + 1);
  return fmt::format("{}:{}", file, where.line());
}

}  // namespace capstan
