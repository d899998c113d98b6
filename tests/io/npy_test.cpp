#include <capstan/io/npy.hpp>
#include <capstan/tensor.hpp>

#include <cmath>

#include "catch.hpp"
#include "data/files.hpp"
#include "npy_text.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

template <class T>
std::string bytes_of(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

template <class T>
std::string swapped(const std::vector<T>& values) {
  std::string bytes;
  for (const T& value : values) {
    const std::string one(reinterpret_cast<const char*>(&value), sizeof value);
    bytes.append(one.rbegin(), one.rend());
  }
  return bytes;
}

}  // namespace

TEST_CASE("an array is written as NumPy writes it") {
  const test::Folder folder;
  io::save_npy(folder.path() / "x", Tensor::from<float>({1, 2, 3, 4, 5, 6}, {3, 2}).transpose());
  const std::string text = test::content_of(folder.path() / "x");
  CHECK(text.substr(0, 10) == std::string("\x93NUMPY\x01\x00\x76\x00", 10));
  CHECK(text.substr(10, 118) ==
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') + "\n");
  CHECK(text.substr(128) == bytes_of<float>({1, 3, 5, 2, 4, 6}));
}

TEST_CASE("arrays of every shape and dtype come back from .npy") {
  const test::Folder folder;
  Rng rng{3};
  for (const Tensor& x : {Tensor::scalar(2.0), Tensor::normal({3, 0, 2}, rng),
                          Tensor::normal({5}, rng, {.dtype = DType::f64}), Tensor::from({1, -2}, {2, 1}),
                          Tensor::normal({2, 3, 4}, rng).transpose(), Tensor::full({1, 1, 1, 1, 1, 1, 1, 1}, 3)}) {
    io::save_npy(folder.path() / "x", x);
    CHECK(same_bits(io::load_npy(folder.path() / "x"), x));
  }
}

TEST_CASE("all versions of .npy are read") {
  const test::Folder folder;
  const std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }";
  for (const int version : {1, 2, 3}) {
    const Tensor x = io::load_npy(folder.write("x", test::npy(header, bytes_of<double>({1.5, -2}), version)));
    CHECK(x.dtype() == DType::f64);
    CHECK(x.at({1}) == -2.0);
  }
  CHECK_THROWS_WITH(io::load_npy(folder.write("x", test::npy(header, "", 4))), Contains("version 4.0"));
}

TEST_CASE("Fortran's order, either order of bytes and all types of .npy are read") {
  const test::Folder folder;
  const auto read = [&](const std::string& descr, const std::string& bytes, const std::string& shape = "(2,)",
                        const std::string& fortran = "False") {
    const std::string header =
        fmt::format("{{'descr': '{}', 'fortran_order': {}, 'shape': {}}}", descr, fortran, shape);
    return io::load_npy(folder.write("x", test::npy(header, bytes)));
  };
  const Tensor columns = read("<f4", bytes_of<float>({1, 2, 3, 4, 5, 6}), "(2, 3)", "True");
  CHECK(columns.shape() == Shape{2, 3});
  CHECK(columns.at({1, 0}) == 2.0);
  CHECK(columns.at({0, 1}) == 3.0);
  CHECK(read(">f4", swapped<float>({1.5F, -2})).at({0}) == 1.5);
  CHECK(read(">f8", swapped<double>({0.1, -2})).at({0}) == 0.1);
  CHECK(read(">i8", swapped<std::int64_t>({-7, 9})).at({0}) == -7);
  CHECK(read(">u2", swapped<std::uint16_t>({258, 9})).at({0}) == 258);
  CHECK(read("=i4", bytes_of<std::int32_t>({-7, 9})).at({0}) == -7);
  CHECK(read("<i2", bytes_of<std::int16_t>({-7, 9})).at({0}) == -7);
  CHECK(read("|i1", bytes_of<std::int8_t>({-7, 9})).at({0}) == -7);
  CHECK(read("|u1", test::bytes({200, 9})).at({0}) == 200);
  CHECK(read("|b1", test::bytes({0, 1})).at({1}) == 1);
  CHECK(read("<u8", bytes_of<std::uint64_t>({7, 9})).at({1}) == 9);
  CHECK(read("<u4", bytes_of<std::uint32_t>({7, 9})).at({1}) == 9);
  CHECK(read("<f2", test::bytes({0x00, 0x3C, 0x00, 0xC0})).at({1}) == -2.0);
  CHECK(read(">f2", test::bytes({0x3C, 0x00, 0xC0, 0x00})).at({1}) == -2.0);
  CHECK(read("<f4", bytes_of<float>({7}), "()").item() == 7.0);
  CHECK(read("<f4", "", "(3, 0)").shape() == Shape{3, 0});
  CHECK(read("<f4", bytes_of<float>({7}), "(1L,)").at({0}) == 7.0);
  CHECK_THROWS_WITH(read("<i8", bytes_of<std::int64_t>({1, INT64_C(1) << 40})),
                    Contains("holds 1099511627776 at position 1, which i32 cannot hold"));
}

TEST_CASE("what an .npy file must not be is refused by its reason") {
  const test::Folder folder;
  const auto refuses = [&](const std::string& header, const std::string& text, const std::string& bytes = "") {
    CAPTURE(header);
    const std::filesystem::path file = folder.write("x", test::npy(header, bytes));
    CHECK_THROWS_AS(io::load_npy(file), IoError);
    CHECK_THROWS_WITH(io::load_npy(file), Contains(text));
  };
  const auto of = [](const std::string& descr) {
    return "{'descr': " + descr + ", 'fortran_order': False, 'shape': (1,)}";
  };
  refuses(of("'|O'"), "Python objects, whose reading runs code");
  refuses(of("'O'"), "Python objects");
  refuses(of("'<c8'"), "complex numbers");
  refuses(of("'<U7'"), "texts");
  refuses(of("'|S7'"), "texts");
  refuses(of("'<M8[ns]'"), "dates");
  refuses(of("'|V8'"), "records");
  refuses(of("[('x', '<f4')]"), "an array of records");
  refuses(of("'<f16'"), "unknown type");
  refuses(of("'|f4'"), "unknown type");
  refuses(of("''"), "unknown type");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", "needs 8 bytes behind the header, and 4 are there",
          "1234");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}", "and 5 are there", "12345");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (4611686018427387904, 2)}", "63 bits do not count");
  refuses("{'descr': '<f8', 'fortran_order': False, 'shape': (4611686018427387904,)}", "more than 2^64");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", "63 bits hold");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", "at least 0");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 1, 1, 1, 1, 1, 1, 1)}", "more than 8 axes");
  refuses("{'descr': '<f4', 'fortran_order': False}", "no shape");
  refuses("{'descr': '<f4', 'shape': ()}", "no fortran_order");
  refuses("{'fortran_order': False, 'shape': ()}", "no descr");
  refuses("{}", "no descr");
  refuses("", "\"{\" is wanted");
  refuses("{'descr': '<f4'", "\",\" or \"}\" is wanted");
  refuses("{'descr", "a text does not end");
  refuses("{'descr': '<f4', 'descr': '<f4'}", "descr twice");
  refuses("{'descr': '<f4', 'more': 1}", "\"more\", which the format does not know");
  refuses("{'descr': '<f4', 'fortran_order': false, 'shape': ()}", "True or False");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': (((((((", "an extent");
  refuses("{'descr': '<f4', 'fortran_order': False, 'shape': ()} x", "something follows");
}

TEST_CASE("an .npy file cut short at any length is refused") {
  const test::Folder folder;
  io::save_npy(folder.path() / "x", Tensor::ones({2, 3}));
  const std::string whole = test::content_of(folder.path() / "x");
  for (std::size_t length = 0; length < whole.size(); ++length) {
    CAPTURE(length);
    const std::filesystem::path file = folder.write("y", std::string_view{whole}.substr(0, length));
    CHECK_THROWS_AS(io::load_npy(file), IoError);
  }
}

TEST_CASE("an .npy file with any bit of its header flipped gives an array or an IoError") {
  const test::Folder folder;
  io::save_npy(folder.path() / "x", Tensor::ones({2, 3}));
  const std::string whole = test::content_of(folder.path() / "x");
  std::size_t refused = 0;
  for (std::size_t bit = 0; bit < 8 * 128; ++bit) {
    CAPTURE(bit);
    std::string damaged = whole;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
    const std::filesystem::path file = folder.write("y", damaged);
    try {
      const std::int64_t elements = io::load_npy(file).elements();
      CHECK(elements <= 12);
    } catch (const IoError&) {
      ++refused;
    }
  }
  CHECK(refused > 900);
}
