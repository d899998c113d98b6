// The bytes that libFuzzer makes, as a file that readers open by its path.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>

namespace fuzz {

/// A file in memory of these bytes, the same file on every call.
inline std::filesystem::path file_of(const std::uint8_t* bytes, std::size_t count) {
  static const int file = memfd_create("fuzz", MFD_CLOEXEC);
  const bool written = ftruncate(file, 0) == 0 && pwrite(file, bytes, count, 0) == static_cast<ssize_t>(count);
  if (!written) std::abort();
  return fmt::format("/proc/self/fd/{}", file);
}

}  // namespace fuzz
