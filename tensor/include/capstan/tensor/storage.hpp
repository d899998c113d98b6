// Storage: the reference-counted memory behind tensors. Several tensors may look at one storage; its version counts the
// writes, so that a tape can tell whether a leaf was written after it was recorded.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <source_location>

#include <boost/smart_ptr/intrusive_ptr.hpp>

#include <capstan/tensor/sizes.hpp>

namespace capstan::engine {

/// Memory that tensors share. Reference-counted by intrusive_ptr; neither copied nor moved.
class Storage {
 public:
  /// Aligned to 64 bytes, uninitialised. Throws std::bad_alloc.
  static boost::intrusive_ptr<Storage> allocate(std::size_t bytes);
  /// The user's own memory: it is not freed, and must outlive every tensor that looks at it.
  static boost::intrusive_ptr<Storage> wrap(void* data, std::size_t bytes);
  /// The user's own memory, which must not be written.
  static boost::intrusive_ptr<Storage> wrap_const(const void* data, std::size_t bytes);
  /// A mapping of a file by mmap that covers whole pages from `data` on: it must not be written, and ends with the last
  /// tensor that looks at it. Where this throws, the mapping is the caller's still.
  static boost::intrusive_ptr<Storage> adopt_mapping(void* data, std::size_t bytes);

  Storage(const Storage&) = delete;
  Storage& operator=(const Storage&) = delete;

  std::byte* data() const noexcept { return data_; }
  std::size_t bytes() const noexcept { return bytes_; }
  /// False for memory that belongs to the user.
  bool owned() const noexcept { return owned_; }
  bool read_only() const noexcept { return read_only_; }
  bool mapping() const noexcept { return mapping_; }

  /// The number of writes so far.
  std::uint64_t version() const noexcept { return version_; }
  /// The user's line of the last write.
  const std::source_location& written() const noexcept { return written_; }
  void note_write(const std::source_location& where) noexcept {
    ++version_;
    written_ = where;
  }

  /// True if exactly one reference is left, so that nobody else can see a write.
  bool unique() const noexcept { return references_.load(std::memory_order_acquire) == 1; }

  friend void intrusive_ptr_add_ref(Storage* s) noexcept { s->references_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(Storage* s) noexcept {
    if (s->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete s;
  }

 private:
  Storage(std::byte* data, std::size_t bytes, bool owned) : data_{data}, bytes_{bytes}, owned_{owned} {}
  ~Storage();

  std::atomic<std::int64_t> references_{0};
  std::byte* data_;
  std::size_t bytes_;
  std::uint64_t version_ = 0;
  std::source_location written_{};
  bool owned_;
  bool read_only_ = false;  // memory of the user's that is const, or a mapping
  bool mapping_ = false;    // of a file, to be unmapped
};

using StoragePtr = boost::intrusive_ptr<Storage>;

}  // namespace capstan::engine
