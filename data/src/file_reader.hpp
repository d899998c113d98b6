// FileReader: the bytes of a file in order, expanded if gzip compressed it (RFC 1952; told by the first two bytes). It
// works in pieces of 64 KiB, and gives out no more bytes than the caller allows. Zeros behind the gzip stream are
// padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include <zlib.h>

#include <capstan/data/origin.hpp>

namespace capstan::data {

class FileReader {
 public:
  static constexpr std::size_t piece = std::size_t{1} << 16;

  /// IoError if the file cannot be opened or read, or is an archive that is not expanded here.
  FileReader(const Origin& origin, std::uint64_t max_bytes);

  /// Fills `to` and returns the number of bytes, which is less than its size only at the end of the file. IoError for a
  /// read that fails, a gzip stream that is corrupt or cut short, and more than max_bytes.
  std::size_t read(std::span<std::byte> to);

  /// Expanded bytes read so far.
  std::uint64_t offset() const noexcept { return offset_; }
  /// The largest number of expanded bytes that can follow.
  std::uint64_t remaining() const noexcept;

 private:
  struct Close {
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
  };
  struct EndInflate {
    void operator()(z_stream* stream) const noexcept;
  };

  static constexpr std::size_t bytes_in_head = 512;  // enough to know an archive by

  void start_inflate();
  void refuse_archive() const;
  void pass_padding();
  std::size_t produce(std::span<std::byte> to);
  void refill();
  std::size_t copy(std::span<std::byte> to);
  std::size_t expand(std::span<std::byte> to);
  [[noreturn]] void refuse_compressed(std::string_view rule) const;

  const Origin& origin_;
  std::uint64_t max_bytes_;
  std::uint64_t size_;  // of the file; the largest number where it is not known (a pipe)
  std::uint64_t offset_ = 0;
  std::unique_ptr<std::FILE, Close> file_;
  std::unique_ptr<z_stream, EndInflate> inflate_;  // null for a plain file
  bool in_member_ = false;                         // a gzip file is one member after another; this one is not complete
  bool padded_ = false;                            // zeros were behind the last member
  std::vector<std::byte> head_;                    // the first expanded bytes, which were looked at
  std::size_t head_begin_ = 0;                     // of what is not yet given out of it
  std::vector<std::byte> input_;
  std::size_t begin_ = 0, end_ = 0;  // of what is not yet used in input_
  std::uint64_t taken_ = 0;          // bytes read from the file, those in input_ included
  bool at_end_ = false;              // of the file
};

}  // namespace capstan::data
