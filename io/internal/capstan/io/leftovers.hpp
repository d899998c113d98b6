// What saves that ended too early have left, and folders for what is saved.
#pragma once

#include <filesystem>
#include <string_view>
#include <system_error>

namespace capstan::io {

/// The file of which this would be the temporary one; empty if it is the name of no temporary file, or of one whose
/// target's name is too long to stand in it.
std::string_view target_of_leftover(std::string_view name) noexcept;

/// Removes the temporary file of a target, unless somebody is writing it. One that cannot be removed does no harm.
void remove_leftover(const std::filesystem::path& target) noexcept;

/// Makes a folder, and those above it that are missing, so that they last: the folder above each is synced.
std::error_code make_folder(const std::filesystem::path& folder);

}  // namespace capstan::io
