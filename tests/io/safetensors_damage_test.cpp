// Safetensors files that are damaged, or made to do harm.
#include <capstan/io/model.hpp>
#include <capstan/io/safetensors.hpp>
#include <capstan/models.hpp>
#include <capstan/tensor.hpp>

#include <random>

#include "catch.hpp"
#include "data/files.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

const io::NamedTensors saved{
    {"a", Tensor::full({2, 3}, 1.5)}, {"b", Tensor::full({4}, -2.0, DType::f64)}, {"c", Tensor::from({1, 2, 3}, {3})}};

std::string whole_file(const test::Folder& folder) {
  io::save_safetensors(folder.path() / "whole", saved, {.metadata = {{"note", "text"}}});
  return test::content_of(folder.path() / "whole");
}

/// Opens, asks for every tensor and compares the checksums.
void read_all(const std::filesystem::path& path) {
  const io::TensorFile file = io::load_safetensors(path);
  for (const auto& [name, type] : file.entries()) {
    const Tensor tensor = file[name];
    if (tensor.elements() > 0) (void)tensor.at(std::vector<std::int64_t>(tensor.rank(), -1));
  }
  file.verify();
}

}  // namespace

TEST_CASE("a safetensors file cut short at any length is refused") {
  const test::Folder folder;
  const std::string whole = whole_file(folder);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    CHECK_THROWS_AS(io::load_safetensors(folder.write("x", std::string_view{whole}.substr(0, length))), IoError);
  }
  CHECK_THROWS_AS(io::load_safetensors(folder.write("x", whole + "x")), IoError);
}

TEST_CASE("any flipped bit of a header that has a checksum is found") {
  const test::Folder folder;
  const std::string whole = whole_file(folder);
  const std::size_t header = whole.size() - 24 - 32 - 12;
  const std::size_t name_begin = whole.find("capstan.checksums"), name_end = name_begin + 17;
  std::size_t missed = 0;
  for (std::size_t bit = 0; bit < 8 * header; ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    try {
      read_all(folder.write("x", damaged));
      // Where the name of the checksums themselves is damaged, the file has none.
      const bool in_name = bit / 8 >= name_begin && bit / 8 < name_end;
      if (!in_name) ++missed;
    } catch (const IoError&) {
    }
  }
  CHECK(missed == 0);
}

TEST_CASE("any flipped bit of a header without checksums does no harm") {
  const test::Folder folder;
  const std::string header = R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                             R"("b":{"dtype":"I64","shape":[1],"data_offsets":[24,32]}})";
  const std::string whole = test::safetensors(header, std::string(32, '\1'));
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * (header.size() + 8); ++bit) {
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    try {
      read_all(folder.write("x", damaged));
    } catch (const IoError&) {
      ++refused;
    }
  }
  CHECK(refused > 4 * header.size());
}

TEST_CASE("10,000 random flipped bits of the data are found") {
  const test::Folder folder;
  Rng rng{5};
  io::save_safetensors(folder.path() / "x", {{"a", Tensor::normal({50, 40}, rng)}, {"b", Tensor::normal({1000}, rng)}});
  std::string whole = test::content_of(folder.path() / "x");
  const std::size_t begin = whole.size() - 12000;
  std::size_t found = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::size_t bit = 8 * begin + rng.below(8 * 12000);
    const auto mask = static_cast<char>(1 << (bit % 8));
    whole[bit / 8] = static_cast<char>(whole[bit / 8] ^ mask);
    try {
      read_all(folder.write("x", whole));
    } catch (const IoError&) {
      ++found;
    }
    whole[bit / 8] = static_cast<char>(whole[bit / 8] ^ mask);
  }
  CHECK(found == 10'000);
}

TEST_CASE("headers that say what cannot be are refused by their reason") {
  const test::Folder folder;
  const auto refuses = [&](const std::string& header, const std::string& text, std::size_t bytes = 8) {
    CAPTURE(header.substr(0, 200));
    const std::filesystem::path file = folder.write("x", test::safetensors(header, std::string(bytes, '\0')));
    CHECK_THROWS_AS(io::load_safetensors(file), IoError);
    CHECK_THROWS_WITH(io::load_safetensors(file), Contains(text) && Contains("x\""));
  };
  const auto one = [](const std::string& type, const std::string& shape, const std::string& offsets) {
    return R"({"a":{"dtype":")" + type + R"(","shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
  };
  refuses(one("F32", "[3]", "[0,8]"), "tensor \"a\" (3) of F32 needs 12 bytes, and has 8");
  refuses(one("F32", "[2]", "[8,0]"), "ends at 0, before it begins at 8");
  refuses(one("F32", "[2]", "[4,12]"), "nothing stands from 0 to 4");
  refuses(one("F32", "[3]", "[0,12]"), "ends at 12 behind the header, and the file holds 8 bytes there");
  refuses(one("F32", "[1]", "[0,4]"), "4 bytes behind the header belong to no tensor");
  refuses(one("F32", "[4294967296,4294967296]", "[0,8]"), "63 bits do not count");
  refuses(one("F64", "[4611686018427387904]", "[0,8]"), "more than 2^64");
  refuses(one("F32", "[18446744073709551615]", "[0,8]"), "63 bits do not hold extent 18446744073709551615");
  refuses(one("F32", "[0,4611686018427387904,4611686018427387904]", "[0,8]"), "63 bits do not count");
  refuses(one("F32", "[-2]", "[0,8]"), "a negative number");
  refuses(one("F32", "[2.0]", "[0,8]"), "a number with a fraction");
  refuses(one("F32", "[1e99]", "[0,8]"), "a number with a fraction");
  refuses(one("F32", "[99999999999999999999999]", "[0,8]"), "a number with a fraction");
  refuses(one("F32", "[\"2\"]", "[0,8]"), "a text");
  refuses(one("F32", "[null]", "[0,8]"), "null");
  refuses(one("F32", "[[2]]", "[0,8]"), "a list");
  refuses(one("F32", "2", "[0,8]"), "a number");
  refuses(one("F32", "{}", "[0,8]"), "an object");
  refuses(one("F32", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), "more than 8 axes");
  refuses(one("F32", "[2]", "[0]"), "has no two offsets");
  refuses(one("F32", "[2]", "[0,8,8]"), "more than two offsets");
  refuses(one("F32", "[2]", "[0,18446744073709551616]"), "a number with a fraction");
  refuses(one("F8_E4M3", "[8]", "[0,8]"), "dtype \"F8_E4M3\", which is not read here");
  refuses(R"({"a":{"dtype":"F32","shape":[2]}})", "has no two offsets");
  refuses(R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", "has no shape");
  refuses(R"({"a":{"shape":[2],"data_offsets":[0,8]}})", "has no dtype");
  refuses(R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", "dtype twice");
  refuses(R"({"a":{"dtype":"F32","shape":[1],"shape":[2],"data_offsets":[0,8]}})", "shape twice");
  refuses(R"({"a":{"dtype":"F32","shape":[2],"more":1,"data_offsets":[0,8]}})",
          "\"more\", which the format does not know");
  refuses(R"({"a":7})", "holds a number");
  refuses(R"({"__metadata__":7})", "holds a number");
  refuses(R"({"__metadata__":{"k":7}})", "\"k\" must be text");
  refuses(R"({"__metadata__":{"k":{}}})", "\"k\" must be text");
  refuses(R"({"__metadata__":{"k":"1","k":"2"}})", "\"k\" twice");
  refuses(R"({"__metadata__":{},"__metadata__":{}})", "twice");
  const std::string entry = R"({"dtype":"F32","shape":[1],"data_offsets":)";
  refuses(R"({"a":)" + entry + R"([0,4]},"a":)" + entry + "[4,8]}}", "tensor \"a\" stands in the header twice");
  refuses(R"({"a":)" + entry + R"([0,4]},"b":)" + entry + "[2,6]}}", "tensor \"b\" begins at 2");
  refuses(R"({"a":)" + entry + R"([0,4]},"b":)" + entry + "[0,4]}}", "within the one before");
  refuses("", "must begin with \"{\"");
  refuses("[]", "must begin with \"{\"");
  refuses("{", "no JSON");
  refuses("{} x", "no JSON");
  refuses(std::string("{\"\xC3\x28\":", 6), "no JSON");
  refuses("{\"a\xFF\":{}}", "ill-formed UTF-8");
  refuses("{\"\\ud800\":{}}", "no JSON");
  refuses("{" + std::string(1'000'000, '['), "no JSON");
  refuses(R"({"a":)" + std::string(1'000'000, '['), "holds a list");
  refuses(R"({"a":{"dtype":"F32","shape":)" + std::string(1'000'000, '['), "a list");
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  refuses(objects, "which the format does not know");
}

TEST_CASE("lengths of headers that cannot be are refused") {
  const test::Folder folder;
  const auto refuses = [&](const std::string& bytes, const std::string& text) {
    CHECK_THROWS_WITH(io::load_safetensors(folder.write("x", bytes)), Contains(text));
  };
  refuses("", "and this one has 0 bytes");
  refuses("1234567", "and this one has 7 bytes");
  refuses(test::bytes({0, 0, 0, 0, 0, 0, 0, 0}), "must begin with \"{\"");
  refuses(test::bytes({3, 0, 0, 0, 0, 0, 0, 0, '{', '}'}), "3 bytes long and only 2 follow");
  refuses(test::bytes({255, 255, 255, 255, 255, 255, 255, 255, '{', '}'}), "more than the 100000000");
  refuses(test::bytes({1, 225, 245, 5, 0, 0, 0, 0, '{', '}'}), "more than the 100000000");
}

TEST_CASE("a file that another program wrote anew with our metadata is refused as that, and read without checksums") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  models::LogisticRegression model{{.inputs = 2}};
  io::save(model, file);
  // Other programs put the metadata as they found it into a header of their own.
  std::string whole = test::content_of(file);
  const std::size_t start = whole.find("\"w\":{\"dtype\":\"F32\"");
  REQUIRE(start != whole.npos);
  std::string header = whole.substr(8, whole.find_last_of('}') - 7);
  header.replace(header.find("\"w\":{\"dtype\":"), 13, "\"w\": {\"dtype\":");
  (void)folder.write("x", test::safetensors(header, std::string(12, '\0')));
  CHECK_THROWS_WITH(io::load_safetensors(file), Contains("or another program wrote the file anew"));
  CHECK_THROWS_WITH(io::load(model, file), Contains("or another program wrote the file anew"));
  const io::TensorFile found = io::load_safetensors(file, {.ignore_checksums = true});
  CHECK(found["w"].shape() == Shape{2, 1});
  CHECK_NOTHROW(found.verify());
  CHECK(!found.metadata().contains("capstan.checksums"));
  CHECK_NOTHROW(io::load(model, file, {.ignore_checksums = true}));
}
