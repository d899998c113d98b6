// FailingSystem: the system's calls, of which the n-th goes wrong.
#pragma once

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "file/system.hpp"

namespace test {

enum class Fault : std::uint8_t {
  none,
  no_space,     ///< ENOSPC
  disk,         ///< EIO
  interrupted,  ///< EINTR, for once
  short_write,  ///< a write does a part of what it was asked to, for once
  denied,       ///< EACCES, for once
  not_allowed,  ///< EPERM, for once
  no_locks,     ///< ENOLCK, for once
  nothing,      ///< a write writes nothing, and does not say why
  kill          ///< the process is killed before the call, by SIGKILL
};

class FailingSystem final : public capstan::io::System {
 public:
  FailingSystem() = default;
  FailingSystem(Fault fault, std::size_t call) : fault_{fault}, call_{call} {}

  int open(const char* path, int flags, mode_t mode) override {
    return fails("open") ? -1 : System::open(path, flags, mode);
  }
  int lock(int file) override { return fails("flock") ? -1 : System::lock(file); }
  int truncate(int file) override { return fails("ftruncate") ? -1 : System::truncate(file); }
  int chmod(int file, mode_t mode) override { return fails("fchmod") ? -1 : System::chmod(file, mode); }
  ssize_t write(int file, const void* bytes, std::size_t count, off_t offset) override {
    if (fails("write")) return fault_ == Fault::nothing ? 0 : -1;
    if (here_ && fault_ == Fault::short_write) count = (count + 1) / 2;
    return System::write(file, bytes, count, offset);
  }
  int sync(int file) override { return fails("fsync") ? -1 : System::sync(file); }
  int rename(const char* from, const char* to) override { return fails("rename") ? -1 : System::rename(from, to); }
  // What a failed save does to clean up does not fail here, and is not counted.
  int close(int file) override { return System::close(file); }

  /// The names of the calls, in order.
  const std::vector<std::string>& calls() const noexcept { return calls_; }

 private:
  bool fails(const char* name) {
    here_ = calls_.size() == call_;
    calls_.emplace_back(name);
    if (!here_) return false;
    if (fault_ == Fault::kill) std::raise(SIGKILL);
    if (fault_ == Fault::no_space) errno = ENOSPC;
    if (fault_ == Fault::disk) errno = EIO;
    if (fault_ == Fault::interrupted) errno = EINTR;
    if (fault_ == Fault::denied) errno = EACCES;
    if (fault_ == Fault::not_allowed) errno = EPERM;
    if (fault_ == Fault::no_locks) errno = ENOLCK;
    return fault_ != Fault::none && fault_ != Fault::short_write;
  }

  Fault fault_ = Fault::none;
  std::size_t call_ = 0;
  bool here_ = false;
  std::vector<std::string> calls_;
};

}  // namespace test
