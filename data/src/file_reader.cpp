#include "file_reader.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>
#include <new>
#include <system_error>

#include <fmt/format.h>

#include "archive.hpp"

namespace capstan::data {
namespace {

constexpr std::uint64_t unknown_size = std::numeric_limits<std::uint64_t>::max();

// Deflate makes at most 1032 bytes of one (zlib's technical notes).
constexpr std::uint64_t largest_expansion = 1032;

std::uint64_t size_of_file(const std::filesystem::path& file) {
  std::error_code error;
  const std::uint64_t size = std::filesystem::file_size(file, error);
  return error ? unknown_size : size;
}

[[noreturn]] void refuse_errno(const Origin& origin, std::string_view what) {
  origin.refuse_unreadable(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

}  // namespace

FileReader::FileReader(const Origin& origin, std::uint64_t max_bytes)
    : origin_{origin},
      max_bytes_{max_bytes},
      size_{size_of_file(origin.file)},
      file_{std::fopen(origin.file.c_str(), "rb")},
      input_(piece) {
  if (!file_) refuse_errno(origin_, "the file cannot be opened");
  std::setvbuf(file_.get(), nullptr, _IONBF, 0);  // input_ is the buffer
  refill();
  if (end_ >= 2 && input_[0] == std::byte{0x1F} && input_[1] == std::byte{0x8B}) {
    start_inflate();
    head_.resize(bytes_in_head);
    head_.resize(produce(head_));
  }
  refuse_archive();
}

void FileReader::refuse_archive() const {
  const std::span<const std::byte> begin = inflate_ ? std::span{head_} : std::span{input_}.first(end_);
  const std::string_view name = archive_name(begin);
  if (name.empty()) return;
  origin_.refuse(fmt::format("{} is {}; plain files and those that gzip compressed are read, so unpack it first",
                             inflate_ ? "what gzip compressed" : "the file", name));
}

void FileReader::EndInflate::operator()(z_stream* stream) const noexcept {
  inflateEnd(stream);
  delete stream;
}

void FileReader::start_inflate() {
  constexpr int gzip_only = 16 + MAX_WBITS;
  auto stream = std::make_unique<z_stream>();
  if (inflateInit2(stream.get(), gzip_only) != Z_OK) throw std::bad_alloc{};
  inflate_.reset(stream.release());
  in_member_ = true;
}

std::uint64_t FileReader::remaining() const noexcept {
  std::uint64_t most = size_;
  if (inflate_ && __builtin_mul_overflow(size_, largest_expansion, &most)) most = unknown_size;
  most = std::min(most, max_bytes_);
  return most > offset_ ? most - offset_ : 0;
}

void FileReader::refuse_compressed(std::string_view rule) const {
  origin_.refuse(rule, fmt::format("offset {} of its compressed bytes", taken_ - (end_ - begin_)));
}

void FileReader::refill() {
  if (begin_ < end_ || at_end_) return;
  begin_ = 0;
  end_ = std::fread(input_.data(), 1, input_.size(), file_.get());
  if (end_ < input_.size() && std::ferror(file_.get()) != 0) refuse_errno(origin_, "the file cannot be read");
  taken_ += end_;
  at_end_ = end_ < input_.size();
}

std::size_t FileReader::copy(std::span<std::byte> to) {
  const std::size_t count = std::min(to.size(), end_ - begin_);
  std::copy_n(input_.data() + begin_, count, to.data());
  begin_ += count;
  return count;
}

std::size_t FileReader::expand(std::span<std::byte> to) {
  z_stream& z = *inflate_;
  z.next_in = reinterpret_cast<Bytef*>(input_.data() + begin_);
  z.avail_in = static_cast<uInt>(end_ - begin_);
  const auto room = static_cast<uInt>(std::min<std::size_t>(to.size(), std::numeric_limits<uInt>::max()));
  z.next_out = reinterpret_cast<Bytef*>(to.data());
  z.avail_out = room;
  const int status = inflate(&z, Z_NO_FLUSH);
  begin_ = end_ - z.avail_in;
  if (status == Z_MEM_ERROR) throw std::bad_alloc{};
  if (status == Z_STREAM_END) {
    in_member_ = false;
  } else if (status != Z_OK && status != Z_BUF_ERROR) {
    refuse_compressed(fmt::format("the gzip stream is corrupt ({})", z.msg != nullptr ? z.msg : "no reason given"));
  }
  return room - z.avail_out;
}

// Passes over zeros behind the last member, as `gzip` does: tapes and block devices pad files with them.
void FileReader::pass_padding() {
  padded_ = true;
  while (begin_ < end_ && input_[begin_] == std::byte{0}) ++begin_;
  if (begin_ < end_) refuse_compressed("something follows the zeros behind the gzip stream");
}

// Fills `to`, up to the end of the file.
std::size_t FileReader::produce(std::span<std::byte> to) {
  std::size_t done = 0;
  while (done < to.size()) {
    refill();
    const bool used_up = begin_ == end_;
    if (used_up && !(inflate_ && in_member_)) break;
    if (!inflate_) {
      done += copy(to.subspan(done));
      continue;
    }
    if (!in_member_) {
      if (padded_ || input_[begin_] == std::byte{0}) {
        pass_padding();
        continue;
      }
      inflateReset(inflate_.get());
      in_member_ = true;
    }
    // Even without input, the stream may still have output for which there was no room before.
    const std::size_t given = expand(to.subspan(done));
    done += given;
    if (used_up && given == 0 && in_member_) refuse_compressed("the gzip stream is cut short");
  }
  return done;
}

std::size_t FileReader::read(std::span<std::byte> to) {
  const std::size_t from_head = std::min(to.size(), head_.size() - head_begin_);
  std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(head_begin_), from_head, to.begin());
  head_begin_ += from_head;
  const std::size_t done = from_head + produce(to.subspan(from_head));
  offset_ += done;
  if (offset_ > max_bytes_) origin_.refuse(fmt::format("the file holds more than max_bytes = {} bytes", max_bytes_));
  return done;
}

}  // namespace capstan::data
