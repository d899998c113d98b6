#include <capstan/data/idx.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "files.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using test::bytes;
using test::idx;

namespace {

constexpr std::uint8_t unsigned_byte = 0x08;

Tensor load(const std::string& content, const data::IdxOptions& options = {}) {
  const test::Folder folder;
  return data::load_idx(folder.write("file.idx", content), options);
}

std::string refusal(const std::string& content, const data::IdxOptions& options = {}) {
  CHECK_THROWS_AS(load(content, options), IoError);
  try {
    (void)load(content, options);
  } catch (const IoError& error) {
    return error.what();
  }
  return {};
}

}  // namespace

TEST_CASE("Unsigned bytes become i32, in the shape that the file states") {
  const Tensor x = load(idx(unsigned_byte, {2, 3}, bytes({0, 1, 127, 128, 254, 255})));
  REQUIRE(x.shape() == Shape{2, 3});
  CHECK(x.dtype() == DType::i32);
  CHECK(x.at({0, 0}) == 0.0);
  CHECK(x.at({0, 2}) == 127.0);
  CHECK(x.at({1, 0}) == 128.0);
  CHECK(x.at({1, 2}) == 255.0);
}

TEST_CASE("Unsigned bytes become f32 in 0 … 255 with IdxValues::f32") {
  const Tensor x = load(idx(unsigned_byte, {3}, bytes({0, 128, 255})), {.values = data::IdxValues::f32});
  CHECK(x.dtype() == DType::f32);
  CHECK(x.at({1}) == 128.0);
  CHECK(x.at({2}) == 255.0);
}

TEST_CASE("Unsigned bytes become f32 from 0 to 1, rounded correctly, with IdxValues::unit_interval") {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const Tensor x = load(idx(unsigned_byte, {256}, all), {.values = data::IdxValues::unit_interval});
  CHECK(x.dtype() == DType::f32);
  for (int i = 0; i < 256; ++i) REQUIRE(x.data<float>()[static_cast<std::size_t>(i)] == static_cast<float>(i / 255.0));
}

TEST_CASE("Every type of the format is read, the highest byte first") {
  const Tensor signed_bytes = load(idx(0x09, {2}, bytes({0x80, 0x7F})));
  CHECK(signed_bytes.dtype() == DType::i32);
  CHECK(signed_bytes.at({0}) == -128.0);
  CHECK(signed_bytes.at({1}) == 127.0);
  const Tensor shorts = load(idx(0x0B, {2}, bytes({0xFF, 0xFE, 0x01, 0x02})));
  CHECK(shorts.dtype() == DType::i32);
  CHECK(shorts.at({0}) == -2.0);
  CHECK(shorts.at({1}) == 258.0);
  const Tensor ints = load(idx(0x0C, {2}, bytes({0x80, 0, 0, 0, 0x00, 0x01, 0x00, 0x00})));
  CHECK(ints.dtype() == DType::i32);
  CHECK(ints.at({0}) == -2147483648.0);
  CHECK(ints.at({1}) == 65536.0);
  const Tensor floats = load(idx(0x0D, {1}, bytes({0xC0, 0x20, 0, 0})));
  CHECK(floats.dtype() == DType::f32);
  CHECK(floats.item() == -2.5);
  const Tensor doubles = load(idx(0x0E, {1}, bytes({0x3F, 0xF8, 0, 0, 0, 0, 0, 1})));
  CHECK(doubles.dtype() == DType::f64);
  CHECK(doubles.item() == 1.5 + 0x1p-52);
}

TEST_CASE("A file without axes is one number, and an extent of 0 gives a tensor without elements") {
  CHECK(load(idx(unsigned_byte, {}, bytes({7}))).item() == 7.0);
  CHECK(load(idx(unsigned_byte, {0, 28, 28}, "")).shape() == Shape{0, 28, 28});
  CHECK(load(idx(unsigned_byte, {3, 1, 1, 1, 1, 1, 1, 1}, bytes({1, 2, 3}))).rank() == 8);
}

TEST_CASE("A compressed file is told by its content, whatever its name") {
  std::string elements;
  for (int i = 0; i < 200'000; ++i) elements += static_cast<char>(i * 7 / 3);
  const Tensor plain = load(idx(unsigned_byte, {200'000}, elements));
  const Tensor compressed = load(test::gzip(idx(unsigned_byte, {200'000}, elements)));
  CHECK(std::ranges::equal(plain.data<std::int32_t>(), compressed.data<std::int32_t>()));
  CHECK(plain.at({199'999}) == static_cast<double>(static_cast<std::uint8_t>(elements.back())));
}

TEST_CASE("Wide elements come through the pieces whole") {
  std::string elements;
  for (std::uint32_t i = 0; i < 50'000; ++i) elements += test::big_endian(i);
  const Tensor x = load(idx(0x0C, {50'000}, elements));
  for (std::int32_t i = 0; i < 50'000; ++i) REQUIRE(x.data<std::int32_t>()[static_cast<std::size_t>(i)] == i);
}

TEST_CASE("An empty file is refused") {
  CHECK_THAT(refusal(""), ContainsSubstring("load_idx: the file is empty\n  file: \"") &&
                              ContainsSubstring("file.idx\"\n  at idx_test.cpp:"));
  CHECK_THAT(refusal(test::gzip("")), ContainsSubstring("load_idx: the file is empty"));
}

TEST_CASE("A wrong magic number is refused, with the bytes that are there") {
  const std::string text = "begins with 00 00, a type (08, 09, 0b to 0e) and the number of axes, this one with ";
  CHECK_THAT(refusal("\x89PNG"),
             ContainsSubstring(text + "89 50 4e 47\n  file: \"") && ContainsSubstring(", offset 0\n"));
  CHECK_THAT(refusal(bytes({0, 1, 8, 1, 0, 0, 0, 0})), ContainsSubstring(text + "00 01 08 01"));
  CHECK_THAT(refusal(idx(0x0A, {1}, "x")), ContainsSubstring(text + "00 00 0a 01"));
  CHECK_THAT(refusal(idx(0x00, {1}, "x")), ContainsSubstring(text + "00 00 00 01"));
}

TEST_CASE("A file cut anywhere is refused, plain or expanded") {
  const std::string whole = idx(0x0B, {2, 3}, "abcdefghijkl");
  CHECK_NOTHROW(load(whole));
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CAPTURE(size);
    const std::string plain = refusal(whole.substr(0, size));
    CHECK_THAT(plain, ContainsSubstring("load_idx: ") && ContainsSubstring(", offset "));
    CHECK_THAT(refusal(test::gzip(whole.substr(0, size))),
               ContainsSubstring("load_idx: the file is cut short: the ") &&
                   ContainsSubstring(", offset " + std::to_string(size) + "\n"));
  }
}

TEST_CASE("A plain file that is too short for its extents is refused before it is read, with both numbers") {
  CHECK_THAT(
      refusal(idx(unsigned_byte, {60000, 28, 28}, std::string(1000, 'x'))),
      ContainsSubstring("load_idx: extents (60000, 28, 28) of unsigned byte take 47040000 bytes, but no more than "
                        "1000 can follow") &&
          ContainsSubstring(", offset 16\n"));
}

TEST_CASE("Bytes left over are refused, with the offset where they begin") {
  CHECK_THAT(refusal(idx(unsigned_byte, {3}, "abcd")),
             ContainsSubstring("load_idx: bytes are left over after the last element\n  file: \"") &&
                 ContainsSubstring(", offset 11\n  at idx_test.cpp:"));
  CHECK_THAT(refusal(test::gzip(idx(unsigned_byte, {3}, "abcd"))), ContainsSubstring(", offset 11\n"));
  CHECK_THAT(refusal(idx(unsigned_byte, {0}, "a")), ContainsSubstring("bytes are left over"));
}

TEST_CASE("More than eight axes are refused") {
  CHECK_THAT(refusal(idx(unsigned_byte, {1, 1, 1, 1, 1, 1, 1, 1, 1}, "x")),
             ContainsSubstring("load_idx: a tensor has at most 8 axes, the file states 9\n  file: \"") &&
                 ContainsSubstring(", offset 3\n"));
}

TEST_CASE("Extents whose product overflows are refused, an extent of 0 among them or not") {
  const std::uint32_t huge = 0xFFFFFFFF;
  CHECK_THAT(refusal(idx(unsigned_byte, {huge, huge, huge}, "x")),
             ContainsSubstring("load_idx: extents (4294967295, 4294967295, 4294967295) multiply to more than 63 bits "
                               "count\n  file: \"") &&
                 ContainsSubstring(", offset 4\n"));
  CHECK_THAT(refusal(idx(unsigned_byte, {0, huge, huge, huge}, "")), ContainsSubstring("more than 63 bits count"));
  // 2^63 bytes, though only 2^60 elements.
  CHECK_THAT(refusal(idx(0x0E, {1u << 30, 1u << 30}, "x")), ContainsSubstring("more than 63 bits count"));
}

TEST_CASE("Absurd counts are refused before memory is taken for them") {
  // 16 TiB of elements: the allocation would fail, or the machine would.
  CHECK_THAT(refusal(idx(unsigned_byte, {1u << 31, 1u << 11}, "x")),
             ContainsSubstring("load_idx: extents (2147483648, 2048) of unsigned byte take 4398046511104 bytes, but no "
                               "more than 1 can follow"));
  CHECK_THAT(refusal(test::gzip(idx(unsigned_byte, {1u << 31, 1u << 11}, "x"))), ContainsSubstring("can follow"));
}

TEST_CASE("More than max_bytes is refused, and exactly as much is read") {
  const std::string content = idx(unsigned_byte, {1000}, std::string(1000, 'x'));
  CHECK(load(content, {.max_bytes = 1008}).elements() == 1000);
  CHECK_THAT(refusal(content, {.max_bytes = 1007}), ContainsSubstring("but no more than 999 can follow"));
  CHECK_THAT(refusal(test::gzip(content), {.max_bytes = 1007}), ContainsSubstring("but no more than 999 can follow"));
  CHECK_THAT(refusal(content, {.max_bytes = 3}), ContainsSubstring("the file holds more than max_bytes = 3 bytes"));
}

TEST_CASE("values other than the stated ones are for unsigned bytes alone") {
  for (const data::IdxValues values : {data::IdxValues::f32, data::IdxValues::unit_interval}) {
    CHECK_THAT(refusal(idx(0x0D, {1}, "abcd"), {.values = values}),
               ContainsSubstring("load_idx: the elements must be of type unsigned byte, they are float\n  file: \"") &&
                   ContainsSubstring(", offset 2\n"));
  }
}

TEST_CASE("A file that is not there is refused") {
  CHECK_THROWS_AS(data::load_idx("no/such/file"), IoError);
  CHECK_THROWS_WITH(data::load_idx("no/such/file"),
                    ContainsSubstring("load_idx: the file cannot be opened: No such file or directory\n"
                                      "  file: \"no/such/file\"\n  at idx_test.cpp:"));
}

TEST_CASE("A changed byte of the header is refused, and one of the elements changes that element alone") {
  const std::string whole = idx(0x0B, {2, 3}, "abcdefghijkl");
  const std::size_t header = whole.size() - 12;
  const Tensor before = load(whole);
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const int change : {0x01, 0x08, 0x80, 0xFF}) {
      INFO("byte " << i << " ^ " << change);
      std::string changed = whole;
      changed[i] = static_cast<char>(changed[i] ^ change);
      if (i < header) {
        CHECK_THROWS_AS(load(changed), IoError);
        continue;
      }
      const Tensor after = load(changed);
      REQUIRE(after.shape() == before.shape());
      for (std::int64_t k = 0; k < 6; ++k) {
        const bool same = after.at({k / 3, k % 3}) == before.at({k / 3, k % 3});
        CHECK(same == (k != static_cast<std::int64_t>(i - header) / 2));
      }
    }
}
