#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace capstan::data {

/// Recognises an archive, or another format that no reader here expands, by the first bytes of a file, and returns its
/// name: "a zip archive". Empty for any other file. A tar archive needs the first 262 bytes.
std::string_view archive_name(std::span<const std::byte> begin) noexcept;

}  // namespace capstan::data
