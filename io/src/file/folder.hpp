// Folders: where a file lies, and how its name there becomes lasting.
#pragma once

#include <cerrno>
#include <filesystem>

#include "file/system.hpp"

namespace capstan::io {

/// Calls again while a signal interrupts.
template <class Call>
auto again_if_interrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

std::filesystem::path folder_of(const std::filesystem::path& file);

/// Syncs a folder: a name in it is lasting only then. Some file systems do that by themselves, and refuse with EINVAL,
/// which is no failure. Returns the call that failed, which errno tells of; null if none did.
const char* sync_folder(System& system, const std::filesystem::path& folder);

}  // namespace capstan::io
