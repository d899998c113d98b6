// The index of a set of files; the files that it names are not there.
#include <capstan/tensor/error.hpp>

#include "file.hpp"
#include "safetensors/shards.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    (void)capstan::io::open_shards({"fuzz", fuzz::file_of(bytes, count), std::source_location::current()},
                                   capstan::io::Checksums::compared);
  } catch (const capstan::IoError&) {
  }
  return 0;
}
