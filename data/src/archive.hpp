#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace capstan::data {

/// What a file that begins so is, if it is an archive or a format that no reader here expands: "a zip archive". Else
/// nothing. A tar archive is told by its first 262 bytes.
std::string_view archive_name(std::span<const std::byte> begin) noexcept;

}  // namespace capstan::data
