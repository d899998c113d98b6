#include "file/atomic_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>
#include <system_error>

#include <fmt/format.h>

#include <capstan/io/leftovers.hpp>

#include "file/folder.hpp"
#include "file/kind.hpp"
#include "file/temporary.hpp"

namespace capstan::io {

namespace {

constexpr std::size_t buffered = std::size_t{1} << 16;   // pieces up to this size are gathered
constexpr std::size_t at_a_time = std::size_t{8} << 20;  // so much is written before the disk begins with it

/// The file that a path leads to; itself where there is none yet.
std::filesystem::path resolve(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::is_symlink(path, error)) return path;
  std::filesystem::path target = std::filesystem::weakly_canonical(path, error);
  return error ? path : target;
}

bool failed_by(std::initializer_list<int> reasons) { return std::ranges::find(reasons, errno) != reasons.end(); }

}  // namespace

AtomicFile::AtomicFile(const data::Origin& origin, System& system)
    : origin_{origin}, system_{system}, target_{resolve(origin.file)}, temporary_{temporary_of(target_)} {
  struct stat there{};
  const bool replaces = ::stat(target_.c_str(), &there) == 0;
  if (replaces && !S_ISREG(there.st_mode)) {
    origin_.refuse(fmt::format("a file is wanted, and this is {}", kind_of(there.st_mode)));
  }
  if (replaces) mode_ = there.st_mode & 07777U;
  buffer_.reserve(2 * buffered);
  open();
  if (again_if_interrupted([&] { return system_.truncate(file_); }) != -1) return;
  const int reason = errno;
  discard();
  errno = reason;
  refuse("ftruncate", temporary_);
}

AtomicFile::~AtomicFile() { discard(); }

/// Between opening and locking, another process may have given the file its name: then it is no temporary file any more.
/// What replaces a file is the owner's alone until it has the permissions of that file.
void AtomicFile::open() {
  constexpr int flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  constexpr int most = 1000;  // on a system whose numbers of files change from call to call
  bool unlinked = false;
  for (int i = 0; i < most; ++i) {
    file_ = again_if_interrupted([&] { return system_.open(temporary_.c_str(), flags, mode_ ? 0600 : 0666); });
    if (file_ == -1 && errno == EACCES && !unlinked) {
      unlinked = true;
      if (unlink_read_only()) continue;
      errno = EACCES;
    }
    if (file_ == -1) refuse("open", temporary_);
    lock();
    if (still_has_its_name()) return;
    system_.close(file_);
    file_ = -1;
  }
  origin_.refuse(
      fmt::format("the file cannot be written: \"{}\" is another file each time it is looked at", temporary_.string()));
}

/// A process that ended before the rename may have left a file that its owner cannot write. One that is still at it has
/// the lock.
bool AtomicFile::unlink_read_only() {
  constexpr int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW;
  file_ = again_if_interrupted([&] { return system_.open(temporary_.c_str(), flags, 0); });
  if (file_ == -1) return false;
  lock();
  if (still_has_its_name()) system_.unlink(temporary_.c_str());
  system_.close(file_);
  file_ = -1;
  return true;
}

/// Some file systems have no locks; savers at the same time then are the user's to keep apart.
void AtomicFile::lock() {
  if (again_if_interrupted([&] { return system_.lock(file_); }) != -1) return;
  if (failed_by({ENOSYS, EOPNOTSUPP, ENOLCK})) return;
  const int reason = errno;
  system_.close(file_);
  file_ = -1;
  errno = reason;
  refuse("flock", temporary_);
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
  // Last, so that a process that ends before leaves a file that the next one can write. Some file systems have no
  // permissions.
  if (mode_ && system_.chmod(file_, *mode_) == -1 && !failed_by({EPERM, ENOSYS, EOPNOTSUPP})) {
    refuse("fchmod", temporary_);
  }
  if (again_if_interrupted([&] { return system_.sync(file_); }) == -1) refuse("fsync", temporary_);
  if (again_if_interrupted([&] { return system_.rename(temporary_.c_str(), target_.c_str()); }) == -1) {
    refuse("rename", temporary_);
  }
  // The lock goes with the file, and after the rename: nobody takes the temporary name while it leads here.
  const int file = file_;
  file_ = -1;
  if (system_.close(file) == -1 && errno != EINTR) refuse("close", target_);
  const std::filesystem::path folder = folder_of(target_);
  if (const char* const call = sync_folder(system_, folder)) refuse(call, folder);
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

/// A lock that is not free belongs to a process that is writing there.
void remove_leftover(const std::filesystem::path& target) noexcept {
  try {
    const std::filesystem::path temporary = temporary_of(target);
    const int file = ::open(temporary.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file == -1) return;
    struct stat opened{}, named{};
    const bool ours = System::try_lock(file) && ::fstat(file, &opened) == 0 && S_ISREG(opened.st_mode) &&
                      ::lstat(temporary.c_str(), &named) == 0 && opened.st_ino == named.st_ino;
    if (ours) ::unlink(temporary.c_str());
    ::close(file);
  } catch (const std::exception&) {  // no memory for a name: it stays
  }
}

}  // namespace capstan::io
