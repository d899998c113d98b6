#include "file/temporary.hpp"

#include <climits>
#include <span>
#include <string>

#include <fmt/format.h>

#include <capstan/io/leftovers.hpp>

#include "checksum.hpp"
#include "file/folder.hpp"

namespace capstan::io {

namespace {

constexpr std::string_view before = ".", after = ".partial";

}  // namespace

std::filesystem::path temporary_of(const std::filesystem::path& target) {
  const std::string name = target.filename().string();
  if (before.size() + name.size() + after.size() <= NAME_MAX) {
    return folder_of(target) / fmt::format("{}{}{}", before, name, after);
  }
  return folder_of(target) / fmt::format(".capstan-{}{}", digits_of(checksum(std::as_bytes(std::span{name}))), after);
}

std::string_view target_of_leftover(std::string_view name) noexcept {
  const bool is_one = name.size() > before.size() + after.size() && name.starts_with(before) && name.ends_with(after);
  return is_one ? name.substr(before.size(), name.size() - before.size() - after.size()) : std::string_view{};
}

}  // namespace capstan::io
