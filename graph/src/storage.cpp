#include <capstan/graph/storage.hpp>

#include <new>

namespace capstan {
namespace {

constexpr std::align_val_t alignment{64};

}  // namespace

StoragePtr Storage::allocate(std::size_t bytes) {
  struct Free {
    void* memory;
    ~Free() { ::operator delete(memory, alignment); }
  } guard{::operator new(bytes, alignment)};
  StoragePtr storage{new Storage{static_cast<std::byte*>(guard.memory), bytes, true}};
  guard.memory = nullptr;
  return storage;
}

StoragePtr Storage::wrap(void* data, std::size_t bytes) {
  return StoragePtr{new Storage{static_cast<std::byte*>(data), bytes, false}};
}

Storage::~Storage() {
  if (owned_) ::operator delete(data_, alignment);
}

}  // namespace capstan
