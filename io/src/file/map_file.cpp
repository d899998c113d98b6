#include "file/map_file.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <fmt/format.h>

#include "file/kind.hpp"

namespace capstan::io {

namespace {

[[noreturn]] void refuse_call(const data::Origin& origin, std::string_view call) {
  origin.refuse_unreadable(
      fmt::format("the file cannot be read: {} says: {}", call, std::generic_category().message(errno)));
}

struct Descriptor {
  int number;
  ~Descriptor() { ::close(number); }
};

struct Mapping {
  void* data;
  std::size_t bytes;
  ~Mapping() {
    if (data != nullptr) ::munmap(data, bytes);
  }
};

}  // namespace

MappedFile map_file(const data::Origin& origin) {
  // Opening a pipe would wait for its writer.
  const int opened = ::open(origin.file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (opened == -1) refuse_call(origin, "open");
  const Descriptor file{opened};
  struct stat status{};
  if (::fstat(file.number, &status) == -1) refuse_call(origin, "fstat");
  if (!S_ISREG(status.st_mode)) origin.refuse(fmt::format("a file is wanted, and this is {}", kind_of(status.st_mode)));
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size == 0) return {};
  void* const data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (data == MAP_FAILED) refuse_call(origin, "mmap");
  Mapping mapping{data, size};
  MappedFile result{Storage::adopt_mapping(data, size), {static_cast<const std::byte*>(data), size}};
  mapping.data = nullptr;
  return result;
}

}  // namespace capstan::io
