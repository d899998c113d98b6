// What readers keep of a file is no more than a stated multiple of it.
#include <capstan/io.hpp>

#include <malloc.h>

#include "catch.hpp"
#include "data/files.hpp"
#include "safetensors_text.hpp"

using namespace capstan;

namespace {

/// Bytes that malloc has given out. A sanitizer has a malloc of its own, which does not count here.
std::size_t taken() { return mallinfo2().uordblks + mallinfo2().hblkhd; }

}  // namespace

TEST_CASE("an open safetensors file keeps at most 32 times its header") {
  const test::Folder folder;
  std::string texts = "{\"__metadata__\":{\"\":\"\"",
              tensors = "{\"\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":[0,1]}";
  for (int i = 0; i < 100'000; ++i) texts += fmt::format(",\"{}\":\"\"", i);
  for (int i = 0; i < 50'000; ++i) {
    tensors += fmt::format(",\"{}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[1,1]}}", i);
  }
  const std::pair<std::string, std::string> files[]{{texts + "}}", ""}, {tensors + "}", "x"}};
  for (const auto& [header, bytes] : files) {
    const std::filesystem::path file = folder.write("x", test::safetensors(header, bytes));
    const std::size_t before = taken();
    const io::TensorFile found = io::load_safetensors(file);
    const std::size_t kept = taken() - before;
    CHECK(found.size() + found.metadata().size() > 50'000);
    CHECK(kept < 32 * header.size());
  }
}
