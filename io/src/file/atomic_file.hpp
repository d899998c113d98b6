// AtomicFile: a file that is there as a whole or not at all. It is written beside its target under another name, synced,
// and renamed; a process that ends in between leaves the old file as it was.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include <capstan/data/origin.hpp>

#include "file/system.hpp"

namespace capstan::io {

/// The temporary file's name is made of the target's: what a process that ended has left is written over by the next one
/// that saves there. A lock on it keeps out others that save at the same time; the last one's file stays.
class AtomicFile {
 public:
  /// The origin and the system must live as long as the object. A target that is a symbolic link is followed.
  /// IoError if the target is there and is no regular file, and for a call that fails.
  AtomicFile(const data::Origin& origin, System& system);
  /// Takes the temporary file away, unless it was committed.
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  /// Writes at the position, and moves it on. IoError, naming the call and why it failed.
  void write(std::span<const std::byte> bytes);
  void write(std::string_view text) { write(std::as_bytes(std::span{text})); }
  std::uint64_t position() const noexcept { return position_ + buffer_.size(); }
  void seek(std::uint64_t position);

  /// Syncs the file, gives it its name, and syncs the folder. IoError; the old file stays unless syncing the folder is
  /// what failed.
  void commit();

 private:
  void open();
  bool unlink_read_only();
  void lock();
  bool still_has_its_name() const;
  void flush();
  void put(std::span<const std::byte> bytes);
  void discard() noexcept;
  [[noreturn]] void refuse(std::string_view call, const std::filesystem::path& file) const;

  const data::Origin& origin_;
  System& system_;
  std::filesystem::path target_, temporary_;
  std::optional<mode_t> mode_;  // of the file that is replaced, if there is one
  int file_ = -1;
  std::uint64_t position_ = 0;  // of what is not in the buffer
  std::vector<std::byte> buffer_;
};

}  // namespace capstan::io
