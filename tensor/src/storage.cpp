#include <capstan/tensor/storage.hpp>

#include <sys/mman.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/huge_pages.hpp>

namespace capstan {

StoragePtr Storage::allocate(std::size_t bytes) {
  struct Free {
    void* memory;
    std::size_t bytes;
    ~Free() { free_pages(memory, bytes); }
  } guard{allocate_pages(bytes), bytes};
  StoragePtr storage{new Storage{static_cast<std::byte*>(guard.memory), bytes, true}};
  guard.memory = nullptr;
  return storage;
}

StoragePtr Storage::wrap(void* data, std::size_t bytes) {
  return StoragePtr{new Storage{static_cast<std::byte*>(data), bytes, false}};
}

StoragePtr Storage::wrap_const(const void* data, std::size_t bytes) {
  StoragePtr storage = wrap(const_cast<void*>(data), bytes);
  storage->read_only_ = true;
  return storage;
}

StoragePtr Storage::adopt_mapping(void* data, std::size_t bytes) {
  StoragePtr storage = wrap_const(data, bytes);
  storage->mapping_ = true;
  return storage;
}

Storage::~Storage() {
  if (owned_) free_pages(data_, bytes_);
  if (mapping_) munmap(data_, bytes_);
}

}  // namespace capstan
