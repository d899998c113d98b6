#include <capstan/tensor/storage.hpp>

#include <array>
#include <cstdint>
#include <source_location>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;

TEST_CASE("Allocated storage is aligned to 64 bytes, whatever its size") {
  for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}, std::size_t{63}, std::size_t{4096}}) {
    const StoragePtr storage = Storage::allocate(bytes);
    CHECK(reinterpret_cast<std::uintptr_t>(storage->data()) % 64 == 0);
    CHECK(storage->bytes() == bytes);
    CHECK(storage->version() == 0);
  }
}

TEST_CASE("Storage knows whether one reference is left") {
  StoragePtr first = Storage::allocate(8);
  CHECK(first->unique());
  StoragePtr second = first;
  CHECK_FALSE(first->unique());
  first.reset();
  CHECK(second->unique());
}

TEST_CASE("Wrapped storage is the user's own memory and is not freed") {
  std::array<float, 4> memory{1.0f, 2.0f, 3.0f, 4.0f};
  {
    const StoragePtr storage = Storage::wrap(memory.data(), sizeof memory);
    CHECK(storage->data() == reinterpret_cast<std::byte*>(memory.data()));
    CHECK(storage->bytes() == 16);
  }
  CHECK(memory[3] == 4.0f);
}

TEST_CASE("Each write counts as a version and leaves its line") {
  const StoragePtr storage = Storage::allocate(8);
  const auto here = std::source_location::current();
  storage->note_write(here);
  storage->note_write(here);
  CHECK(storage->version() == 2);
  CHECK(storage->written().line() == here.line());
}
