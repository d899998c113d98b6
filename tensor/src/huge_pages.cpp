#include <capstan/tensor/huge_pages.hpp>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace capstan {

void* allocate_pages(std::size_t bytes) {
  const std::align_val_t alignment = page_alignment(bytes);
  void* const memory = ::operator new(bytes, alignment);
#ifdef __linux__
  if (bytes >= huge_page) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return memory;
}

void free_pages(void* memory, std::size_t bytes) noexcept { ::operator delete(memory, page_alignment(bytes)); }

}  // namespace capstan
