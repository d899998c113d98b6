// Memory for large arrays, in huge pages where the system has them: the first touch of a page costs more than filling
// it, and one fault for 2 MiB instead of 512 makes a first recording four times as quick.
#pragma once

#include <cstddef>
#include <new>

namespace capstan {

constexpr std::size_t huge_page = std::size_t{2} << 20;

constexpr std::align_val_t page_alignment(std::size_t bytes) noexcept {
  return std::align_val_t{bytes < huge_page ? 64 : huge_page};
}

/// Allocates memory that is aligned to 64 bytes at least. Throws std::bad_alloc.
void* allocate_pages(std::size_t bytes);
/// Frees it; `bytes` must be the number that was allocated.
void free_pages(void* memory, std::size_t bytes) noexcept;

}  // namespace capstan
