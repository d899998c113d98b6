// load_npy, and the array that it gives.
#include <capstan/io/npy.hpp>
#include <capstan/tensor/error.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    const capstan::Tensor array = capstan::io::load_npy(fuzz::file_of(bytes, count));
    if (array.elements() > static_cast<std::int64_t>(count)) std::abort();
    if (array.elements() > 0) (void)array.copy();
  } catch (const capstan::IoError&) {
  }
  return 0;
}
