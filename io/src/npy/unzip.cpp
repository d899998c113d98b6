// Reads .npz archives: minizip finds the entries in the mapped file, zlib expands them.
#include <minizip/unzip.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <vector>

#include <fmt/format.h>

#include <capstan/io/npy.hpp>

#include "file/map_file.hpp"
#include "npy/header.hpp"
#include "npy/write.hpp"

namespace capstan::io {

namespace {

/// The archive as minizip sees it: a file that lies in memory.
struct Memory {
  std::span<const std::byte> bytes;
  std::uint64_t position = 0;
};

Memory& memory(void* opaque) { return *static_cast<Memory*>(opaque); }

void* open_memory(void* opaque, const void*, int) { return opaque; }

uLong read_memory(void* opaque, void*, void* to, uLong count) {
  Memory& m = memory(opaque);
  const std::uint64_t left = m.position < m.bytes.size() ? m.bytes.size() - m.position : 0;
  const std::uint64_t taken = std::min<std::uint64_t>(left, count);
  if (taken > 0) std::memcpy(to, m.bytes.data() + m.position, taken);
  m.position += taken;
  return static_cast<uLong>(taken);
}

ZPOS64_T tell_memory(void* opaque, void*) { return memory(opaque).position; }

long seek_memory(void* opaque, void*, ZPOS64_T offset, int origin) {
  Memory& m = memory(opaque);
  std::uint64_t from = 0;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) from = m.position;
  if (origin == ZLIB_FILEFUNC_SEEK_END) from = m.bytes.size();
  std::uint64_t position = 0;
  if (__builtin_add_overflow(from, offset, &position) || position > m.bytes.size()) return -1;
  m.position = position;
  return 0;
}

int close_memory(void*, void*) { return 0; }
int error_of_memory(void*, void*) { return 0; }

struct Close {
  void operator()(void* archive) const noexcept { unzClose(archive); }
};

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8U | static_cast<std::uint64_t>(bytes[i]);
  return value;
}

/// An archive ends with its list of entries, a record of 22 bytes, and a comment as long as that says. Minizip does not
/// mind if some of the record is missing.
bool ends_as_it_should(std::span<const std::byte> archive) {
  constexpr std::size_t record = 22, longest_comment = 65535;
  if (archive.size() < record) return false;
  const std::size_t last = archive.size() - record;
  for (std::size_t back = 0; back <= std::min(last, longest_comment); ++back) {
    const auto end = archive.subspan(last - back);
    if (little_endian(end.first(4)) == 0x06054B50) return little_endian(end.subspan(20, 2)) == back;
  }
  return false;
}

constexpr std::uint64_t largest_expansion = 1032;  // deflate makes at most so much of a byte (zlib's technical notes)
constexpr uLong encrypted = 1;
constexpr uLong stored = 0, deflated = 8;
constexpr std::uint64_t in_zip64 = 0xFFFFFFFF;  // in place of a size that 4 bytes do not hold

struct EndInflate {
  void operator()(z_stream* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
  }
};

/// Whether deflated bytes expand to exactly as many as `to` has.
bool expand(std::span<const std::byte> from, std::span<std::byte> to) {
  std::unique_ptr<z_stream, EndInflate> stream{new z_stream{}};
  if (inflateInit2(stream.get(), -MAX_WBITS) != Z_OK) throw std::bad_alloc{};
  constexpr std::size_t piece = std::size_t{1} << 30;
  std::byte none{};  // a place to write to, where there is none
  for (;;) {
    const auto in = std::min(from.size(), piece), out = std::min(to.size(), piece);
    stream->next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(from.data()));
    stream->avail_in = static_cast<uInt>(in);
    stream->next_out = reinterpret_cast<Bytef*>(to.empty() ? &none : to.data());
    stream->avail_out = static_cast<uInt>(out);
    const int status = inflate(stream.get(), Z_NO_FLUSH);
    const std::size_t taken = in - stream->avail_in, given = out - stream->avail_out;
    from = from.subspan(taken);
    to = to.subspan(given);
    if (status == Z_STREAM_END) return to.empty() && from.empty();
    if (status == Z_MEM_ERROR) throw std::bad_alloc{};
    if (status != Z_OK || (taken == 0 && given == 0)) return false;
  }
}

bool has_checksum(std::span<const std::byte> bytes, uLong wanted) {
  return crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) == wanted;
}

class Archive {
 public:
  Archive(std::span<const std::byte> bytes, const LoadNpzOptions& options, const data::Origin& origin)
      : memory_{bytes}, options_{options}, origin_{origin} {
    if (!ends_as_it_should(bytes)) origin.refuse("this is no zip archive, or it is cut short");
    zlib_filefunc64_def calls{&open_memory, &read_memory,  nullptr,          &tell_memory,
                              &seek_memory, &close_memory, &error_of_memory, &memory_};
    archive_.reset(unzOpen2_64("", &calls));
    if (!archive_) origin.refuse("the archive is damaged: its list of entries is not where it should be");
  }

  NamedTensors read() {
    NamedTensors tensors;
    int status = unzGoToFirstFile(archive_.get());
    while (status == UNZ_OK) {
      read_entry(tensors);
      status = unzGoToNextFile(archive_.get());
    }
    if (status != UNZ_END_OF_LIST_OF_FILE) refuse("the list of entries is damaged");
    unz_global_info64 info{};
    if (unzGetGlobalInfo64(archive_.get(), &info) != UNZ_OK || info.number_entry != tensors.size()) {
      refuse(fmt::format("the archive says that it has {} entries, and has {}", info.number_entry, tensors.size()));
    }
    return tensors;
  }

 private:
  [[noreturn]] void refuse(std::string_view rule) const {
    origin_.refuse(entry_.empty() ? std::string{rule} : fmt::format("entry {}: {}", data::excerpt(entry_), rule));
  }

  void read_entry(NamedTensors& tensors) {
    entry_.clear();
    const unz_file_info64 info = read_info();
    check_name();
    check_sizes(info);
    const std::string name = entry_.substr(0, entry_.size() - extension.size());
    if (tensors.contains(name)) refuse("it comes twice");
    const std::span<const std::byte> packed = bytes_of(info);
    const std::string who = fmt::format("{}: entry {}", origin_.who, data::excerpt(entry_));
    const data::Origin origin{who, origin_.file, origin_.where};
    if (info.compression_method == stored) {
      if (!has_checksum(packed, info.crc)) refuse("it is damaged: its checksum is not right");
      tensors.emplace(name, read_npy(packed, name, origin));
      return;
    }
    std::vector<std::byte> bytes(info.uncompressed_size);
    if (!io::expand(packed, bytes)) refuse("it is damaged: it does not expand to what it should");
    if (!has_checksum(bytes, info.crc)) refuse("it is damaged: its checksum is not right");
    tensors.emplace(name, read_npy(bytes, name, origin));
  }

  unz_file_info64 read_info() {
    unz_file_info64 info{};
    const auto get = [&](char* name, uLong room) {
      const int status = unzGetCurrentFileInfo64(archive_.get(), &info, name, room, nullptr, 0, nullptr, 0);
      if (status != UNZ_OK) refuse("the list of entries is damaged");
    };
    get(nullptr, 0);
    std::string name(info.size_filename, '\0');
    get(name.data(), static_cast<uLong>(name.size()));
    entry_ = std::move(name);
    return info;
  }

  void check_name() const {
    if (!is_plain_path(entry_)) refuse("its name is no plain path within the archive");
    if (!std::string_view{entry_}.ends_with(extension) || entry_.size() == extension.size())
      refuse("it is no .npy file");
  }

  /// Sizes that cannot be are refused before memory is taken for them.
  void check_sizes(const unz_file_info64& info) {
    if ((info.flag & encrypted) != 0) refuse("it is encrypted");
    if (info.compression_method != stored && info.compression_method != deflated) {
      refuse(fmt::format("it is compressed by method {}; only stored and deflated entries are read",
                         info.compression_method));
    }
    const std::uint64_t packed = info.compressed_size, size = info.uncompressed_size;
    if (packed == in_zip64 || size == in_zip64) refuse("it is larger than 4 GiB, which minizip does not read");
    const bool possible = info.compression_method == stored ? packed == size : size / largest_expansion <= packed;
    if (!possible) refuse(fmt::format("it cannot hold {} bytes in {} of the archive", size, packed));
    if (packed > memory_.bytes.size()) refuse("it lies beyond the end of the archive");
    if (size > options_.max_bytes - size_) {
      refuse(fmt::format("the arrays expand to more than max_bytes = {}", options_.max_bytes));
    }
    size_ += size;
  }

  /// Bytes that stand for several entries would make a large archive of a small one.
  void check_overlap(std::uint64_t begin, std::uint64_t end) {
    if (begin == end) return;
    const auto after = ends_.upper_bound(begin);  // the first entry that ends behind the beginning of this one
    if (after != ends_.end() && after->second < end) refuse("it lies over another entry");
    ends_.emplace(end, begin);
  }

  /// Where the entry lies in the archive.
  std::span<const std::byte> bytes_of(const unz_file_info64& info) {
    if (unzOpenCurrentFile(archive_.get()) != UNZ_OK) {
      refuse("it is damaged: its header is not what the archive's list says");
    }
    const std::uint64_t begin = unzGetCurrentFileZStreamPos64(archive_.get());
    unzCloseCurrentFile(archive_.get());
    const std::uint64_t size = memory_.bytes.size();
    if (begin > size || info.compressed_size > size - begin) refuse("it lies beyond the end of the archive");
    check_overlap(begin, begin + info.compressed_size);
    return memory_.bytes.subspan(begin, info.compressed_size);
  }

  static constexpr std::string_view extension = ".npy";

  Memory memory_;
  const LoadNpzOptions& options_;
  const data::Origin& origin_;
  std::unique_ptr<void, Close> archive_;
  std::string entry_;                            // that is being read
  std::map<std::uint64_t, std::uint64_t> ends_;  // where the entries so far end and begin
  std::uint64_t size_ = 0;                       // what they expand to
};

}  // namespace

bool is_plain_path(std::string_view name) noexcept {
  if (name.empty() || name.starts_with('/') || name.find('\\') != name.npos || name.find('\0') != name.npos)
    return false;
  while (!name.empty()) {
    const std::string_view part = name.substr(0, name.find('/'));
    if (part.empty() || part == "." || part == "..") return false;
    name.remove_prefix(std::min(name.size(), part.size() + 1));
  }
  return true;
}

NamedTensors load_npz(const std::filesystem::path& path, const LoadNpzOptions& options, std::source_location where) {
  const data::Origin origin{"load_npz", path, where};
  const MappedFile file = map_file(origin);
  constexpr std::string_view empty("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);  // minizip refuses it
  const std::string_view text{reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size()};
  if (text == empty) return {};
  return Archive{file.bytes, options, origin}.read();
}

}  // namespace capstan::io
