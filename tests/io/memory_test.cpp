// What readers keep of a file is no more than a stated multiple of it.
#include <capstan/io.hpp>

#include <malloc.h>

#include "catch.hpp"
#include "data/files.hpp"
#include "npy_text.hpp"
#include "safetensors_text.hpp"
#include "zip_text.hpp"

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

TEST_CASE("arrays of .npy take at most 4 times their file, those of .npz what deflate may hold") {
  const test::Folder folder;
  constexpr std::size_t huge_pages = 2 * (std::size_t{2} << 20);  // the memory of a large array begins and ends at one
  constexpr std::size_t count = 4'000'000;
  const std::string bools = test::npy(fmt::format("{{'descr': '|b1', 'fortran_order': False, 'shape': ({},)}}", count),
                                      std::string(count, 1));
  const std::filesystem::path npy = folder.write("x.npy", bools);
  std::size_t before = taken();
  const Tensor array = io::load_npy(npy);
  CHECK(taken() - before <= 4 * bools.size() + huge_pages);
  for (const bool deflate : {false, true}) {
    const std::filesystem::path npz =
        folder.write("x.npz", test::zip({{.name = "x.npy", .content = bools, .deflate = deflate}}));
    before = taken();
    const io::NamedTensors arrays = io::load_npz(npz);
    CHECK(taken() - before <= 4 * bools.size() + huge_pages + 1000);
    CHECK(bools.size() <= 1032 * std::filesystem::file_size(npz));
    CHECK(arrays.size() == 1);
  }
}

TEST_CASE("an open set of files keeps at most 32 times its index and its headers") {
  const test::Folder folder;
  std::string index = "{\"weight_map\":{", header = "{";
  for (int i = 0; i < 50'000; ++i) {
    index += fmt::format("{}\"{}\":\"a\"", i == 0 ? "" : ",", i);
    header += fmt::format("{}\"{}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", i == 0 ? "" : ",", i);
  }
  (void)folder.write("a", test::safetensors(header + "}", ""));
  const std::filesystem::path file = folder.write("x.json", index + "}}");
  const std::size_t before = taken();
  const io::TensorFile found = io::load_safetensors(file);
  CHECK(taken() - before < 32 * (index.size() + header.size()));
  CHECK(found.size() == 50'000);
}
