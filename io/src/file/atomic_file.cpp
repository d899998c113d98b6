#include "file/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "file/kind.hpp"

namespace capstan::io {

namespace {

constexpr std::size_t buffered = std::size_t{1} << 16;   // pieces up to this size are gathered
constexpr std::size_t at_a_time = std::size_t{8} << 20;  // so much is written before the disk begins with it

/// Calls again while a signal interrupts.
template <class Call>
auto again_if_interrupted(const Call& call) {
  for (;;) {
    const auto result = call();
    if (result != -1 || errno != EINTR) return result;
  }
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path{"."};
}

/// The file that a path leads to; itself where there is none yet.
std::filesystem::path resolve(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target;
}

}  // namespace

AtomicFile::AtomicFile(const data::Origin& origin, System& system)
    : origin_{origin}, system_{system}, target_{resolve(origin.file)} {
  temporary_ = folder_of(target_) / fmt::format(".{}.partial", target_.filename().string());
  struct stat there{};
  const bool replaces = ::stat(target_.c_str(), &there) == 0;
  if (replaces && !S_ISREG(there.st_mode)) {
    origin_.refuse(fmt::format("a file is wanted, and this is {}", kind_of(there.st_mode)));
  }
  buffer_.reserve(2 * buffered);
  open();
  try {
    if (again_if_interrupted([&] { return system_.truncate(file_); }) == -1) refuse("ftruncate", temporary_);
    if (replaces && system_.chmod(file_, there.st_mode & 07777U) == -1) refuse("fchmod", temporary_);
  } catch (...) {
    discard();
    throw;
  }
}

AtomicFile::~AtomicFile() { discard(); }

/// Between opening and locking, another process may have given the file its name: then it is no temporary file any more.
void AtomicFile::open() {
  constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  do {
    if (file_ != -1) system_.close(file_);
    file_ = again_if_interrupted([&] { return system_.open(temporary_.c_str(), flags, 0666); });
    if (file_ == -1) refuse("open", temporary_);
    if (again_if_interrupted([&] { return system_.lock(file_); }) == -1) {
      const int reason = errno;
      system_.close(file_);
      file_ = -1;
      errno = reason;
      refuse("flock", temporary_);
    }
  } while (!still_has_its_name());
}

bool AtomicFile::still_has_its_name() const {
  struct stat opened{}, named{};
  return ::fstat(file_, &opened) == 0 && ::lstat(temporary_.c_str(), &named) == 0 && opened.st_ino == named.st_ino &&
         opened.st_dev == named.st_dev;
}

void AtomicFile::write(std::span<const std::byte> bytes) {
  if (bytes.size() <= buffered) {
    buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
    if (buffer_.size() >= buffered) flush();
    return;
  }
  flush();
  put(bytes);
}

void AtomicFile::flush() {
  put(buffer_);
  buffer_.clear();
}

void AtomicFile::put(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto offset = static_cast<off_t>(position_);
    const std::size_t count = std::min(bytes.size(), at_a_time);
    const ssize_t written = again_if_interrupted([&] { return system_.write(file_, bytes.data(), count, offset); });
    if (written == 0) errno = EIO;  // a system that writes nothing and does not say why
    if (written <= 0) refuse("write", temporary_);
    if (count > buffered) System::begin_sync(file_, offset, static_cast<std::size_t>(written));
    position_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void AtomicFile::seek(std::uint64_t position) {
  flush();
  position_ = position;
}

void AtomicFile::commit() {
  flush();
  if (again_if_interrupted([&] { return system_.sync(file_); }) == -1) refuse("fsync", temporary_);
  if (again_if_interrupted([&] { return system_.rename(temporary_.c_str(), target_.c_str()); }) == -1) {
    refuse("rename", temporary_);
  }
  // The lock goes with the file, and after the rename: nobody takes the temporary name while it leads here.
  const int file = file_;
  file_ = -1;
  if (system_.close(file) == -1 && errno != EINTR) refuse("close", target_);
  sync_folder();
}

/// A rename is lasting once the folder is synced. Some file systems do that by themselves, and refuse with EINVAL.
void AtomicFile::sync_folder() {
  const std::filesystem::path folder = folder_of(target_);
  const int opened =
      again_if_interrupted([&] { return system_.open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0); });
  if (opened == -1) refuse("open", folder);
  const int result = again_if_interrupted([&] { return system_.sync(opened); });
  const int reason = errno;
  system_.close(opened);
  errno = reason;
  if (result == -1 && reason != EINVAL) refuse("fsync", folder);
}

void AtomicFile::discard() noexcept {
  if (file_ == -1) return;
  system_.unlink(temporary_.c_str());
  system_.close(file_);
  file_ = -1;
}

void AtomicFile::refuse(std::string_view call, const std::filesystem::path& file) const {
  const int reason = errno;
  origin_.refuse(fmt::format("the file cannot be written: {} of \"{}\" says: {}", call, file.string(),
                             std::generic_category().message(reason)),
                 fmt::format("offset {}", position_));
}

}  // namespace capstan::io
