#include "file/system.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <ctime>

namespace capstan::io {

int System::open(const char* path, int flags, mode_t mode) { return ::open(path, flags, mode); }
int System::lock(int file) { return ::flock(file, LOCK_EX); }
int System::truncate(int file) { return ::ftruncate(file, 0); }
int System::chmod(int file, mode_t mode) { return ::fchmod(file, mode); }

/// The signal is for this thread, which holds it off and takes it.
ssize_t System::write(int file, const void* bytes, std::size_t count, off_t offset) {
  sigset_t signal, before, pending;
  sigemptyset(&signal);
  sigaddset(&signal, SIGXFSZ);
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, &signal, &before);
  const ssize_t written = ::pwrite(file, bytes, count, offset);
  const int reason = errno;
  const bool sent = written == -1 && reason == EFBIG && sigismember(&pending, SIGXFSZ) == 0;
  constexpr timespec at_once{};
  while (sent && sigtimedwait(&signal, nullptr, &at_once) == -1 && errno == EINTR) continue;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = reason;
  return written;
}

int System::sync(int file) { return ::fsync(file); }
int System::rename(const char* from, const char* to) { return std::rename(from, to); }
int System::unlink(const char* path) { return ::unlink(path); }
int System::close(int file) { return ::close(file); }

void System::begin_sync([[maybe_unused]] int file, [[maybe_unused]] off_t offset,
                        [[maybe_unused]] std::size_t count) noexcept {
#ifdef SYNC_FILE_RANGE_WRITE
  ::sync_file_range(file, offset, static_cast<off_t>(count), SYNC_FILE_RANGE_WRITE);
#endif
}

bool System::try_lock(int file) noexcept { return ::flock(file, LOCK_EX | LOCK_NB) == 0; }

System& System::real() {
  static constinit System system;  // has no state, and nothing runs to make or to end it
  return system;
}

}  // namespace capstan::io
