// load_npz, with a cap that keeps bombs small.
#include <capstan/io/npy.hpp>
#include <capstan/tensor/error.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    const auto arrays = capstan::io::load_npz(fuzz::file_of(bytes, count), {.max_bytes = 1 << 20});
    std::int64_t elements = 0;
    for (const auto& [name, array] : arrays) elements += array.elements();
    if (elements > 1 << 20) std::abort();
  } catch (const capstan::IoError&) {
  }
  return 0;
}
