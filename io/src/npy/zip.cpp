// Writes .npz archives by minizip, into a file that is there as a whole or not at all.
#include <minizip/zip.h>

#include <algorithm>
#include <exception>
#include <memory>

#include <fmt/format.h>

#include <capstan/io/json.hpp>
#include <capstan/io/npy.hpp>

#include "file/atomic_file.hpp"
#include "npy/header.hpp"
#include "npy/write.hpp"

namespace capstan::io {

namespace {

/// The file as minizip sees it. What is thrown must not pass through C: it is kept, and thrown when minizip is back.
struct Target {
  AtomicFile& file;
  std::uint64_t size = 0;
  std::exception_ptr fault = {};
};

Target& target(void* opaque) { return *static_cast<Target*>(opaque); }

void* open_target(void* opaque, const void*, int) { return opaque; }

uLong read_target(void*, void*, void*, uLong) { return 0; }

uLong write_target(void* opaque, void*, const void* bytes, uLong count) {
  Target& t = target(opaque);
  if (t.fault) return 0;
  try {
    t.file.write({static_cast<const std::byte*>(bytes), count});
    t.size = std::max(t.size, t.file.position());
    return count;
  } catch (...) {
    t.fault = std::current_exception();
    return 0;
  }
}

ZPOS64_T tell_target(void* opaque, void*) { return target(opaque).file.position(); }

long seek_target(void* opaque, void*, ZPOS64_T offset, int origin) {
  Target& t = target(opaque);
  try {
    std::uint64_t from = 0;
    if (origin == ZLIB_FILEFUNC_SEEK_CUR) from = t.file.position();
    if (origin == ZLIB_FILEFUNC_SEEK_END) from = t.size;
    t.file.seek(from + offset);
    return 0;
  } catch (...) {
    t.fault = std::current_exception();
    return -1;
  }
}

int close_target(void*, void*) { return 0; }
int error_of_target(void* opaque, void*) { return target(opaque).fault ? 1 : 0; }

class Zip {
 public:
  Zip(AtomicFile& file, bool compress, const data::Origin& origin)
      : target_{file}, compress_{compress}, origin_{origin} {
    zlib_filefunc64_def calls{&open_target, &read_target,  &write_target,    &tell_target,
                              &seek_target, &close_target, &error_of_target, &target_};
    zip_ = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &calls);
    check(zip_ == nullptr ? ZIP_INTERNALERROR : ZIP_OK);
  }
  ~Zip() {
    if (zip_ != nullptr) zipClose(zip_, nullptr);
  }
  Zip(const Zip&) = delete;
  Zip& operator=(const Zip&) = delete;

  void add(const std::string& name, const Tensor& tensor) {
    const std::string header = write_npy_header(tensor);
    const std::size_t bytes = static_cast<std::size_t>(tensor.elements()) * size_of(tensor.dtype());
    begin_entry(name, header.size() + bytes);
    write(header.data(), header.size());
    write(tensor.raw(), bytes);
    check(zipCloseFileInZip(zip_));
  }

  void finish() {
    void* const zip = std::exchange(zip_, nullptr);
    check(zipClose(zip, nullptr));
  }

 private:
  void begin_entry(const std::string& name, std::size_t size) {
    constexpr uLong utf8 = 1U << 11U, made_by_unix = 3U << 8U | 45U;
    constexpr uLong january_1980 = 1U << 21U | 1U << 16U;  // the same bytes, whenever they are written
    const bool large = size > 0xF0000000U;                 // leaves room for what deflate may add
    zip_fileinfo info{};
    info.dosDate = january_1980;
    check(zipOpenNewFileInZip4_64(zip_, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                  compress_ ? Z_DEFLATED : 0, compress_ ? Z_DEFAULT_COMPRESSION : 0, 0, -MAX_WBITS,
                                  memory_level, Z_DEFAULT_STRATEGY, nullptr, 0, made_by_unix, utf8, large ? 1 : 0));
  }

  void write(const void* bytes, std::size_t count) {
    const char* from = static_cast<const char*>(bytes);
    while (count > 0) {
      const auto piece = static_cast<unsigned>(std::min<std::size_t>(count, std::size_t{1} << 30));
      check(zipWriteInFileInZip(zip_, from, piece));
      from += piece;
      count -= piece;
    }
  }

  void check(int status) const {
    if (target_.fault) std::rethrow_exception(target_.fault);
    if (status != ZIP_OK) origin_.refuse(fmt::format("the archive cannot be written: minizip says {}", status));
  }

  static constexpr int memory_level = 8;  // as zlib has it

  Target target_;
  bool compress_;
  const data::Origin& origin_;
  zipFile zip_ = nullptr;
};

void check_name(const std::string& name, const data::Origin& origin) {
  constexpr std::size_t longest = 60'000;
  if (is_plain_path(name) && name.size() <= longest && is_utf8(name)) return;
  origin.refuse_option(fmt::format("names must be plain paths of at most {} bytes of UTF-8, without \"..\", got {}",
                                   longest, data::excerpt(name)));
}

}  // namespace

void write_npz(const data::Origin& origin, System& system, const NamedTensors& tensors, const SaveNpzOptions& options) {
  for (const auto& [name, tensor] : tensors) check_name(name, origin);
  AtomicFile file{origin, system};
  Zip zip{file, options.compress, origin};
  for (const auto& [name, tensor] : tensors) {
    zip.add(fmt::format("{}.npy", name), tensor.is_contiguous() ? tensor : tensor.copy());
  }
  zip.finish();
  file.commit();
}

void save_npz(const std::filesystem::path& path, const NamedTensors& tensors, const SaveNpzOptions& options,
              std::source_location where) {
  write_npz({"save_npz", path, where}, System::real(), tensors, options);
}

}  // namespace capstan::io
