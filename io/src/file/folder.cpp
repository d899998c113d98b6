#include "file/folder.hpp"

#include <fcntl.h>

#include <vector>

#include <capstan/io/leftovers.hpp>

namespace capstan::io {

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
}

const char* sync_folder(System& system, const std::filesystem::path& folder) {
  const int opened =
      again_if_interrupted([&] { return system.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  if (opened == -1) return "open";
  const int result = again_if_interrupted([&] { return system.sync(opened); });
  const int reason = errno;
  system.close(opened);
  errno = reason;
  return result == -1 && reason != EINVAL ? "fsync" : nullptr;
}

std::error_code make_folder(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> missing;
  std::error_code error;
  for (std::filesystem::path at = folder; !at.empty() && !std::filesystem::exists(at, error); at = at.parent_path()) {
    if (error) return error;
    missing.push_back(at);
  }
  std::filesystem::create_directories(folder, error);
  for (std::size_t i = missing.size(); i-- > 0 && !error;) {
    if (sync_folder(System::real(), folder_of(missing[i])) != nullptr) error = {errno, std::generic_category()};
  }
  return error;
}

}  // namespace capstan::io
