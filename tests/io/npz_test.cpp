#include <capstan/io/npy.hpp>
#include <capstan/tensor.hpp>

#include <random>

#include "catch.hpp"
#include "data/files.hpp"
#include "npy_text.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"
#include "zip_text.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

std::string array_of_floats(std::size_t count, char fill = '\0') {
  return test::npy(fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({},)}}", count),
                   std::string(4 * count, fill));
}

}  // namespace

TEST_CASE("arrays come back from .npz, stored and deflated") {
  const test::Folder folder;
  Rng rng{3};
  const io::NamedTensors saved{{"x", Tensor::normal({30, 4}, rng)},
                               {"xT", Tensor::normal({3, 50}, rng).transpose()},
                               {"deep/er", Tensor::normal({5}, rng, {.dtype = DType::f64})},
                               {"größe", Tensor::from({1, 2}, {2})},
                               {"none", Tensor::zeros({0})},
                               {"one", Tensor::scalar(1.0)},
                               {"zeros", Tensor::zeros({300, 300})}};
  for (const bool compress : {false, true}) {
    io::save_npz(folder.path() / "x", saved, {.compress = compress});
    const io::NamedTensors found = io::load_npz(folder.path() / "x");
    CHECK(found.size() == saved.size());
    for (const auto& [name, tensor] : saved) CHECK(same_bits(found.at(name), tensor));
    CHECK((std::filesystem::file_size(folder.path() / "x") < 10'000) == compress);
  }
  io::save_npz(folder.path() / "x", {});
  CHECK(io::load_npz(folder.path() / "x").empty());
}

TEST_CASE("the same arrays give the same bytes of .npz") {
  const test::Folder folder;
  io::save_npz(folder.path() / "a", {{"x", Tensor::ones({3})}});
  io::save_npz(folder.path() / "b", {{"x", Tensor::ones({3})}});
  CHECK(test::content_of(folder.path() / "a") == test::content_of(folder.path() / "b"));
}

TEST_CASE("archives of others are read, those of zip64 included") {
  const test::Folder folder;
  const std::string array = array_of_floats(5, '\0');
  const io::NamedTensors found =
      io::load_npz(folder.write("x", test::zip({{.name = "a.npy", .content = array},
                                                {.name = "b.npy", .content = array, .deflate = true},
                                                {.name = "c.npy", .content = array, .zip64 = true},
                                                {.name = "d.npy", .content = array, .deflate = true, .zip64 = true}})));
  REQUIRE(found.size() == 4);
  for (const auto& [name, tensor] : found) CHECK(tensor.shape() == Shape{5});
}

TEST_CASE("what an .npz archive must not be is refused by its reason") {
  const test::Folder folder;
  const std::string array = array_of_floats(100);
  const auto refuses = [&](const std::vector<test::ZipEntry>& entries, const std::string& text) {
    const std::filesystem::path file = folder.write("x", test::zip(entries));
    CHECK_THROWS_AS(io::load_npz(file), IoError);
    CHECK_THROWS_WITH(io::load_npz(file), Contains(text));
  };
  refuses({{.name = "../x.npy", .content = array}}, "entry \"../x.npy\": its name is no plain path");
  refuses({{.name = "a/../x.npy", .content = array}}, "no plain path");
  refuses({{.name = "/x.npy", .content = array}}, "no plain path");
  refuses({{.name = "a\\x.npy", .content = array}}, "no plain path");
  refuses({{.name = std::string("a\0.npy", 6), .content = array}}, "no plain path");
  refuses({{.name = "", .content = array}}, "no plain path");
  refuses({{.name = "x.txt", .content = array}}, "no .npy file");
  refuses({{.name = ".npy", .content = array}}, "no .npy file");
  refuses({{.name = "x.npy", .content = array}, {.name = "x.npy", .content = array}}, "comes twice");
  refuses({{.name = "x.npy", .content = array, .crc = 7}}, "checksum is not right");
  refuses({{.name = "x.npy", .content = array, .deflate = true, .crc = 7}}, "checksum is not right");
  refuses({{.name = "x.npy", .content = array, .flags = 1}}, "encrypted");
  refuses({{.name = "x.npy", .content = array, .method = 12}}, "compressed by method 12");
  refuses({{.name = "x.npy", .content = array, .size = 1000}}, "cannot hold 1000 bytes");
  refuses({{.name = "x.npy", .content = array, .size = 4'000'000'000, .packed = 4'000'000'000}},
          "beyond the end of the archive");
  refuses({{.name = "x.npy", .content = array, .deflate = true, .size = 4'000'000'000}}, "cannot hold");
  refuses({{.name = "x.npy", .content = array, .size = 0xFFFFFFFF, .packed = 0xFFFFFFFF}}, "larger than 4 GiB");
  refuses({{.name = "x.npy", .content = array, .deflate = true, .size = 600}}, "entry \"x.npy\"");
  refuses({{.name = "x.npy", .content = array, .deflate = true, .size = 400}}, "entry \"x.npy\"");
  refuses({{.name = "x.npy", .content = "no array"}}, "begins with");
  refuses({{.name = "x.npy", .content = array, .offset = 999'999}}, "");
}

TEST_CASE("bombs do not go off") {
  const test::Folder folder;
  const std::string bomb = array_of_floats(10'000'000);  // 40 MB of zeros in 40 KB
  const std::filesystem::path file =
      folder.write("x", test::zip({{.name = "x.npy", .content = bomb, .deflate = true}}));
  CHECK(std::filesystem::file_size(file) < 100'000);
  CHECK_THROWS_WITH(io::load_npz(file, {.max_bytes = 1'000'000}), Contains("more than max_bytes = 1000000"));
  // One piece of the archive as the content of many entries.
  const std::string array = array_of_floats(2000);
  std::vector<test::ZipEntry> same;
  for (int i = 0; i < 100; ++i) {
    same.push_back({.name = fmt::format("{:02}.npy", i),
                    .content = i == 0 ? array : "",
                    .size = array.size(),
                    .packed = array.size(),
                    .offset = 0});
  }
  CHECK_THROWS_AS(io::load_npz(folder.write("x", test::zip(same))), IoError);
}

TEST_CASE("entries of an archive do not share bytes, also where there is room for all of them") {
  const test::Folder folder;
  const std::string array = array_of_floats(100), name(600, 'n');
  const auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(array.data()), static_cast<uInt>(array.size())));
  const std::vector<test::ZipEntry> entries{
      {.name = "a.npy", .content = array},
      {.name = "b.npy", .content = "", .crc = crc, .size = array.size(), .packed = array.size(), .offset = 0},
      {.name = name + ".npy", .content = array}};
  CHECK_THROWS_WITH(io::load_npz(folder.write("x", test::zip(entries))),
                    Contains("entry \"b.npy\": it lies over another entry"));
  CHECK(io::load_npz(folder.write("x", test::zip({entries[0], entries[2]}))).size() == 2);
}

TEST_CASE("an archive whose count of entries is wrong is refused") {
  const test::Folder folder;
  const std::string array = array_of_floats(3);
  const std::vector<test::ZipEntry> entries{{.name = "a.npy", .content = array}, {.name = "b.npy", .content = array}};
  CHECK_THROWS_AS(io::load_npz(folder.write("x", test::zip(entries, 3))), IoError);
  CHECK_THROWS_AS(io::load_npz(folder.write("x", "PK")), IoError);
  CHECK_THROWS_AS(io::load_npz(folder.write("x", "")), IoError);
}

TEST_CASE("an archive cut short at any length is refused") {
  const test::Folder folder;
  io::save_npz(folder.path() / "x", {{"a", Tensor::ones({2, 3})}, {"b", Tensor::zeros({40})}}, {.compress = true});
  const std::string whole = test::content_of(folder.path() / "x");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_AS(io::load_npz(folder.write("y", std::string_view{whole}.substr(0, length))), IoError);
  }
}

TEST_CASE("an archive with any bit flipped gives the same arrays or an IoError") {
  const test::Folder folder;
  for (const bool compress : {false, true}) {
    const io::NamedTensors saved{{"a", Tensor::ones({2, 3})}, {"b", Tensor::zeros({10})}};
    io::save_npz(folder.path() / "x", saved, {.compress = compress});
    const std::string whole = test::content_of(folder.path() / "x");
    std::size_t refused = 0, wrong = 0;
    for (std::size_t bit = 0; bit < 8 * whole.size(); ++bit) {
      std::string damaged = whole;
      damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
      try {
        // A name is no part of what a checksum covers.
        for (const auto& [name, tensor] : io::load_npz(folder.write("y", damaged))) {
          wrong += tensor.shape() != Shape{2, 3} && tensor.shape() != Shape{10};
          if (saved.contains(name)) wrong += !same_bits(tensor, saved.at(name));
        }
      } catch (const IoError&) {
        ++refused;
      }
    }
    CHECK(wrong == 0);
    CHECK(refused > whole.size() * 4);
  }
}

TEST_CASE("names that would leave a folder are not written to an archive") {
  const test::Folder folder;
  for (const char* name : {"", "../x", "/x", "a\\b", ".", "a//b", "\xFF", "a\xC3"}) {
    CHECK_THROWS_AS(io::save_npz(folder.path() / "x", {{name, Tensor::ones({1})}}), ValueError);
  }
  CHECK_THROWS_AS(io::save_npz(folder.path() / "x", {{std::string(70'000, 'x'), Tensor::ones({1})}}), ValueError);
  CHECK(std::filesystem::is_empty(folder.path()));
}
