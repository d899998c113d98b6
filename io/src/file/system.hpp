// System: the calls of the operating system that writing a file takes. Tests hand in one that fails, writes less than it
// was asked to, or ends the process.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <cstddef>

namespace capstan::io {

/// Each function is the call of its name: it returns −1, and says why in errno, where it fails.
class System {
 public:
  virtual int open(const char* path, int flags, mode_t mode);
  virtual int lock(int file);  ///< flock, exclusive; waits
  virtual int truncate(int file);
  virtual int chmod(int file, mode_t mode);
  /// pwrite. A limit of the size of files is an error like others (EFBIG), and sends no signal.
  virtual ssize_t write(int file, const void* bytes, std::size_t count, off_t offset);
  virtual int sync(int file);
  virtual int rename(const char* from, const char* to);
  virtual int unlink(const char* path);
  virtual int close(int file);

  /// Lets the disk begin with these bytes, so that `sync` waits less; nothing depends on it.
  static void begin_sync(int file, off_t offset, std::size_t count) noexcept;

  /// Whether flock, exclusive, got its lock at once.
  static bool try_lock(int file) noexcept;

  /// The system itself.
  static System& real();

 protected:
  constexpr System() = default;
  ~System() = default;  // nobody owns one by its base
  System(const System&) = default;
  System& operator=(const System&) = default;
};

}  // namespace capstan::io
