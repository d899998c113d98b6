#include <capstan/io/safetensors.hpp>
#include <capstan/tensor.hpp>

#include <cmath>
#include <fstream>
#include <limits>

#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "data/files.hpp"
#include "safetensors_text.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

TEST_CASE("tensors come back with their bits, dtypes and shapes, and text with every character") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x.safetensors";
  Rng rng{7};
  const io::NamedTensors saved{{"f32", Tensor::normal({3, 4}, rng)},
                               {"f64", Tensor::normal({5}, rng, {.dtype = DType::f64})},
                               {"i32", Tensor::from({1, -2, INT32_MIN}, {3})},
                               {"nan", Tensor::full({2}, std::nan(""))},
                               {"none", Tensor::zeros({0, 3})},
                               {"one", Tensor::scalar(2.5)},
                               {"transposed", Tensor::normal({3, 4}, rng).transpose()},
                               {"ä \"quoted\" \n name", Tensor::ones({1, 1, 1})}};
  const io::Metadata metadata{{"empty", ""}, {"ünicode", "\x01 \t \\ \" 漢字"}};
  io::save_safetensors(file, saved, {.metadata = metadata});
  const io::TensorFile found = io::load_safetensors(file);
  CHECK(found.metadata() == metadata);
  CHECK(found.size() == saved.size());
  for (const auto& [name, tensor] : saved) {
    CAPTURE(name);
    CHECK(found.contains(name));
    CHECK(found[name].dtype() == tensor.dtype());
    CHECK(same_bits(found[name], tensor));
  }
  found.verify();
}

TEST_CASE("a tensor of a file is a view that keeps the file mapped, and that nobody writes") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  io::save_safetensors(file, {{"a", Tensor::full({1000}, 3.0)}, {"d", Tensor::full({7}, 4.0, DType::f64)}});
  Tensor a = io::load_safetensors(file)["a"];
  CHECK(a.storage()->mapping());
  CHECK(!a.storage()->owned());
  CHECK(reinterpret_cast<std::uintptr_t>(a.data<float>().data()) % alignof(float) == 0);
  std::filesystem::remove(file);
  CHECK(a.at({999}) == 3.0);
  CHECK_THROWS_WITH(a.set({0}, 1.0), Contains("mapped from a file"));
  Tensor copy = a.copy();
  copy.set({0}, 1.0);
  CHECK(copy.at({0}) == 1.0);
}

TEST_CASE("a file that is replaced while it is open stays as it was for whoever opened it") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  io::save_safetensors(file, {{"a", Tensor::full({5000}, 1.0)}});
  const io::TensorFile before = io::load_safetensors(file);
  io::save_safetensors(file, {{"a", Tensor::full({5000}, 2.0)}});
  CHECK(before["a"].at({4999}) == 1.0);
  CHECK(io::load_safetensors(file)["a"].at({4999}) == 2.0);
}

TEST_CASE("all element types of the format are read") {
  const test::Folder folder;
  const auto read = [&](const std::string& type, const std::string& bytes, int count) {
    const std::string shape = fmt::format("[{}]", count);
    return io::load_safetensors(folder.write("x", test::safetensors_of(type, shape, bytes)))["x"];
  };
  const auto number = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
  CHECK(read("I64", number(std::int64_t{-5}) + number(std::int64_t{INT32_MAX}), 2).at({1}) == INT32_MAX);
  CHECK(read("I32", number(std::int32_t{-5}), 1).dtype() == DType::i32);
  CHECK(read("I16", number(std::int16_t{-300}), 1).at({0}) == -300);
  CHECK(read("I8", number(std::int8_t{-3}), 1).at({0}) == -3);
  CHECK(read("U64", number(std::uint64_t{5}), 1).at({0}) == 5);
  CHECK(read("U32", number(std::uint32_t{INT32_MAX}), 1).at({0}) == INT32_MAX);
  CHECK(read("U16", number(std::uint16_t{65535}), 1).at({0}) == 65535);
  CHECK(read("U8", test::bytes({0, 255}), 2).at({1}) == 255);
  CHECK(read("BOOL", test::bytes({0, 1, 2}), 3).at({2}) == 1);
  CHECK(read("F64", number(0.1), 1).at({0}) == 0.1);
  CHECK(read("F32", number(0.1F), 1).at({0}) == 0.1F);
}

TEST_CASE("numbers of 16 bits become f32 exactly, every one of them") {
  const test::Folder folder;
  std::string all;
  for (int i = 0; i < 65536; ++i) all += {static_cast<char>(i & 0xFF), static_cast<char>(i >> 8)};
  const Tensor half = io::load_safetensors(folder.write("h", test::safetensors_of("F16", "[65536]", all)))["x"];
  const Tensor brain = io::load_safetensors(folder.write("b", test::safetensors_of("BF16", "[65536]", all)))["x"];
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < 65536; ++i) {
    const int sign = i < 32768 ? 1 : -1;
    const auto exponent = static_cast<int>(i >> 10 & 31), fraction = static_cast<int>(i & 1023);
    double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 31) size = fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
    const double value = half.at({i});
    wrong += std::isnan(size) ? !std::isnan(value) : value != sign * size || std::signbit(value) != (sign < 0);
    const auto brain_exponent = static_cast<int>(i >> 7 & 255), brain_fraction = static_cast<int>(i & 127);
    size =
        brain_exponent == 0 ? std::ldexp(brain_fraction, -133) : std::ldexp(128 + brain_fraction, brain_exponent - 134);
    if (brain_exponent == 255) size = brain_fraction == 0 ? std::numeric_limits<double>::infinity() : std::nan("");
    const double wide = brain.at({i});
    wrong += std::isnan(size) ? !std::isnan(wide) : wide != sign * size;
  }
  CHECK(wrong == 0);
}

TEST_CASE("a whole number that i32 cannot hold is refused by tensor, number and position") {
  const test::Folder folder;
  const std::int64_t numbers[]{1, INT64_C(3000000000)};
  const std::string bytes(reinterpret_cast<const char*>(numbers), sizeof numbers);
  const std::filesystem::path path = folder.write("x", test::safetensors_of("I64", "[2]", bytes));
  const io::TensorFile file = io::load_safetensors(path);
  CHECK(file.entries()[0].second.stored == "I64");
  CHECK_THROWS_WITH(file["x"], Contains("tensor \"x\" holds 3000000000 at position 1, which i32 cannot hold"));
  CHECK_THROWS_AS(file["x"], IoError);
  CHECK_THROWS_AS(file["y"], IndexError);
}

TEST_CASE("bytes that lie at an odd address are copied") {
  const test::Folder folder;
  const float number = 1.5F;
  const std::string header = R"({"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}})";
  const std::string bytes = "\x7" + std::string(reinterpret_cast<const char*>(&number), 4);
  const io::TensorFile file = io::load_safetensors(folder.write("x", test::safetensors(header, bytes)));
  CHECK(file["b"].at({0}) == 1.5);
  CHECK(file["b"].storage()->owned());
  CHECK(file["a"].at({0}) == 7);
}

TEST_CASE("the header is JSON that another reader understands, and the elements are aligned") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  io::save_safetensors(file, {{"a", Tensor::ones({3})}, {"d", Tensor::ones({2}, DType::f64)}},
                       {.metadata = {{"k", "v"}}});
  const std::string text = test::content_of(file);
  const auto length = static_cast<std::uint64_t>(static_cast<unsigned char>(text[0])) |
                      static_cast<std::uint64_t>(static_cast<unsigned char>(text[1])) << 8U;
  CHECK((length + 8) % 64 == 0);
  const nlohmann::json header = nlohmann::json::parse(text.substr(8, length));
  CHECK(header["__metadata__"]["k"] == "v");
  CHECK(header["d"] == nlohmann::json{{"dtype", "F64"}, {"shape", {2}}, {"data_offsets", {0, 16}}});
  CHECK(header["a"] == nlohmann::json{{"dtype", "F32"}, {"shape", {3}}, {"data_offsets", {16, 28}}});
  CHECK(text.size() == 8 + length + 28);
}

TEST_CASE("names that the format keeps, and text that is no UTF-8, are not written") {
  const test::Folder folder;
  const std::filesystem::path file = folder.path() / "x";
  CHECK_THROWS_AS(io::save_safetensors(file, {{"__metadata__", Tensor::ones({1})}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(file, {{"\xFF", Tensor::ones({1})}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(file, {}, {.metadata = {{"a", "\xC3"}}}), ValueError);
  CHECK_THROWS_AS(io::save_safetensors(file, {}, {.metadata = {{"capstan.checksums", "x"}}}), ValueError);
  CHECK(std::filesystem::is_empty(folder.path()));
}

TEST_CASE("a set of files is read by its index") {
  const test::Folder folder;
  io::save_safetensors(folder.path() / "m-1.safetensors",
                       {{"a", Tensor::full({2}, 1.0)}, {"b", Tensor::full({2}, 2.0)}});
  io::save_safetensors(folder.path() / "m-2.safetensors", {{"c", Tensor::full({2}, 3.0)}});
  const auto index = [&](const std::string& map) {
    return folder.write("m.safetensors.index.json",
                        R"({"metadata":{"total_size":24,"more":[1,[2,{"x":null}]]},"weight_map":{)" + map + "}}");
  };
  const std::string good = R"("a":"m-1.safetensors","b":"m-1.safetensors","c":"m-2.safetensors")";
  const io::TensorFile file = io::load_safetensors(index(good));
  CHECK(file.size() == 3);
  CHECK(file["c"].at({1}) == 3.0);
  CHECK(file["b"].at({0}) == 2.0);
  const auto refuses = [&](const std::string& map, const std::string& text) {
    CHECK_THROWS_WITH(io::load_safetensors(index(map)), Contains(text));
  };
  refuses(R"("a":"m-1.safetensors","b":"m-1.safetensors","c":"m-1.safetensors")", "puts tensor \"c\" into \"m-1.saf");
  refuses(R"("a":"m-1.safetensors","c":"m-2.safetensors")", "tensor \"b\" stands in \"m-1.safetensors\"");
  refuses(R"("a":"../m-1.safetensors")", "a file beside it is wanted");
  refuses(R"("a":"..")", "a file beside it is wanted");
  refuses(R"("a":"m-9.safetensors")", "No such file");
  refuses(R"("a":1)", "holds a number");
  refuses(good + R"(,"a":"m-2.safetensors")", "holds \"a\" twice");
  CHECK_THROWS_WITH(io::load_safetensors(folder.write("n.json", "{}")), Contains("has no weight_map"));
  CHECK_THROWS_WITH(io::load_safetensors(folder.write("n.json", std::string(1'000'000, '['))),
                    Contains("holds a list"));
  CHECK_THROWS_WITH(io::load_safetensors(folder.write("n.json", R"({"x":)" + std::string(1'000'000, '['))),
                    Contains("nested more than 16 deep"));
}
