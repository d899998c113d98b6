// load_safetensors, every tensor of what it takes, and the comparison of checksums.
#include <capstan/io/safetensors.hpp>
#include <capstan/tensor/error.hpp>

#include "file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    const capstan::io::TensorFile file = capstan::io::load_safetensors(fuzz::file_of(bytes, count));
    file.verify();
    for (const auto& [name, type] : file.entries()) {
      const capstan::Tensor tensor = file[name];
      if (tensor.shape() != type.shape || tensor.dtype() != type.dtype) std::abort();
      if (tensor.elements() == 1) (void)tensor.item();
    }
  } catch (const capstan::IoError&) {
  }
  return 0;
}
