#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "counting_new.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

template <class T>
std::vector<T> list(const Tensor& tensor) {
  const auto elements = tensor.data<T>();
  return {elements.begin(), elements.end()};
}

}  // namespace

TEST_CASE("A tensor that was never given a value has shape (0)") {
  const Tensor none;
  CHECK(none.shape() == Shape{0});
  CHECK(none.dtype() == DType::f32);
  CHECK(none.data<float>().empty());
  CHECK(none.copy().elements() == 0);
  CHECK(none.version() == 0);
}

TEST_CASE("New tensors are row-major, aligned to 64 bytes and filled as their name says") {
  const Tensor zeros = Tensor::zeros({2, 3}), ones = Tensor::ones({3}, DType::f64);
  CHECK(zeros.is_contiguous());
  CHECK(zeros.dtype() == DType::f32);
  CHECK(reinterpret_cast<std::uintptr_t>(zeros.raw()) % 64 == 0);
  CHECK(list<float>(zeros) == std::vector<float>(6, 0.0f));
  CHECK(list<double>(ones) == std::vector<double>(3, 1.0));
  CHECK(list<std::int32_t>(Tensor::full({2}, -7.9, DType::i32)) == std::vector<std::int32_t>{-7, -7});
  CHECK(Tensor::scalar(2.5).shape() == Shape{});
  CHECK(Tensor::scalar(2.5).item() == 2.5);
  CHECK(Tensor::empty({0, 4}).elements() == 0);
}

TEST_CASE("A tensor made of elements keeps their type and order") {
  const Tensor f64 = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  CHECK(f64.dtype() == DType::f64);
  CHECK(f64.at({1, 0}) == 4.0);
  CHECK(Tensor::from({1.0f, 2.0f}, {2}).dtype() == DType::f32);
  CHECK(Tensor::from({1, 2}, {2}).dtype() == DType::i32);
  const std::vector<float> many{1.0f, 2.0f, 3.0f};
  CHECK(list<float>(Tensor::from(std::span<const float>(many), {3, 1})) == many);
}

TEST_CASE("As many elements as the shape has are needed") {
  CHECK_THROWS_AS(Tensor::from({1.0, 2.0}, {3}), ShapeError);
  CHECK_THROWS_WITH(Tensor::from({1.0, 2.0}, {3}),
                    ContainsSubstring("from: shape (3) has 3 elements, got 2\n  at tensor_test.cpp:"));
  CHECK_THROWS_AS(Tensor::from({1.0, 2.0}, {}), ShapeError);
}

TEST_CASE("A shape of more bytes than 63 bits count is refused before anything is allocated") {
  const std::int64_t many = std::int64_t{1} << 61;
  const Shape shape{many};
  CHECK_THROWS_AS(Tensor::empty(shape), ShapeError);
  CHECK_THROWS_WITH(Tensor::zeros(shape, DType::f64),
                    ContainsSubstring("shape (2305843009213693952) of f64 has more bytes than 63 bits count\n  at "
                                      "tensor_test.cpp:"));
  CHECK_THROWS_AS(Tensor::wrap(static_cast<float*>(nullptr), shape), ShapeError);
}

TEST_CASE("A negative extent is refused before anything is allocated") {
  CHECK_THROWS_AS(Tensor::zeros({1000, -1000}), ShapeError);
  CHECK_THROWS_WITH(Tensor::zeros({1000, -1000}), ContainsSubstring("shape (1000, -1000) has a negative extent"));
}

TEST_CASE("More memory than the machine has is std::bad_alloc") {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  WARN("not tested: a sanitizer's operator new ends the program where that of the library throws");
#else
  CHECK_THROWS_AS(Tensor::empty({std::int64_t{1} << 60}), std::bad_alloc);
#endif
}

TEST_CASE("i32 refuses what it cannot hold, NaN included") {
  CHECK_THROWS_AS(Tensor::full({2}, 3e9, DType::i32), ValueError);
  CHECK_THROWS_WITH(Tensor::full({2}, 3e9, DType::i32), ContainsSubstring("full: i32 cannot hold 3000000000"));
  CHECK_THROWS_AS(Tensor::scalar(std::nan(""), DType::i32), ValueError);
  CHECK(Tensor::scalar(2147483647.9, DType::i32).item() == 2147483647.0);
  CHECK(Tensor::scalar(-2147483648.0, DType::i32).item() == -2147483648.0);
}

TEST_CASE("Positions are checked against the shape, and negative ones count from the end") {
  const Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  CHECK(x.at({1, 2}) == 6.0);
  CHECK(x.at({-1, -3}) == 4.0);
  CHECK_THROWS_AS(x.at({0, 3}), IndexError);
  CHECK_THROWS_WITH(
      x.at({0, 3}),
      ContainsSubstring("at: position 3 is out of range for axis 1 of shape (2, 3)\n  at tensor_test.cpp:"));
  CHECK_THROWS_WITH(x.at({-3, 0}), ContainsSubstring("at: position -3 is out of range for axis 0 of shape (2, 3)"));
  CHECK_THROWS_AS(x.at({0}), IndexError);
  CHECK_THROWS_WITH(x.at({0}), ContainsSubstring("at: shape (2, 3) takes 2 positions, got 1"));
  CHECK_THROWS_AS(Tensor().at({0}), IndexError);
  CHECK(Tensor::scalar(3.0).at({}) == 3.0);
}

TEST_CASE("Setting an element writes it, counts as a write and leaves its line") {
  Tensor x = Tensor::zeros({2, 2}, DType::i32);
  const auto version = x.version();
  x.set({-1, 0}, 5.0);
  CHECK(list<std::int32_t>(x) == std::vector<std::int32_t>{0, 0, 5, 0});
  CHECK(x.version() == version + 1);
  CHECK_THAT(engine::place(x.storage()->written()), Catch::StartsWith("tensor_test.cpp:"));
}

TEST_CASE("A refused write changes nothing and does not count") {
  Tensor x = Tensor::zeros({2}, DType::i32);
  CHECK_THROWS_AS(x.set({2}, 1.0), IndexError);
  CHECK_THROWS_WITH(x.set({2}, 1.0), ContainsSubstring("set: position 2 is out of range for axis 0 of shape (2)"));
  CHECK_THROWS_AS(x.set({0}, 1e10), ValueError);
  CHECK_THROWS_WITH(x.set({0}, 1e10), ContainsSubstring("set: i32 cannot hold 10000000000\n  at tensor_test.cpp:"));
  Tensor wide = Tensor::scalar(1.0).broadcast_to({3});
  CHECK_THROWS_AS(wide.set({0}, 2.0), ValueError);
  CHECK_THROWS_WITH(
      wide.set({0}, 2.0),
      ContainsSubstring("set: cannot write into a broadcast view of shape (3): several elements share one "
                        "address; write into a copy()\n  at tensor_test.cpp:"));
  CHECK(x.version() == 0);
  CHECK(wide.version() == 0);
}

TEST_CASE("item takes a tensor of exactly one element") {
  CHECK(Tensor::from({4.0}, {1, 1}).item() == 4.0);
  CHECK_THROWS_AS(Tensor::zeros({2}).item(), ShapeError);
  CHECK_THROWS_WITH(Tensor::zeros({2}).item(),
                    ContainsSubstring("item: the tensor must have exactly one element, got shape (2)\n  at "));
  CHECK_THROWS_AS(Tensor::zeros({0}).item(), ShapeError);
}

TEST_CASE("Elements are handed out as their own type and in row-major order only") {
  const Tensor x = Tensor::zeros({2, 3});
  CHECK_THROWS_AS(x.data<double>(), DTypeError);
  CHECK_THROWS_WITH(x.data<double>(), ContainsSubstring("data: the elements are f32, but f64 was asked for; use "
                                                        "data<float>() or cast(DType::f64)\n  at tensor_test.cpp:"));
  CHECK_THROWS_AS(x.transpose().data<float>(), ShapeError);
  CHECK_THROWS_WITH(
      x.transpose().data<float>(),
      ContainsSubstring("data: the elements of this view of shape (3, 2) are not in row-major order; copy() "
                        "makes them so\n  at tensor_test.cpp:"));
}

TEST_CASE("Writable elements count as a write") {
  Tensor x = Tensor::zeros({3});
  const Tensor same = x;
  x.mutable_data<float>()[1] = 7.0f;
  CHECK(same.at({1}) == 7.0);
  CHECK(same.version() == 1);
}

TEST_CASE("A copy has memory of its own") {
  Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3});
  const Tensor copy = x.transpose().copy();
  x.set({0, 1}, 9.0);
  CHECK(list<double>(copy) == std::vector<double>{1.0, 4.0, 2.0, 5.0, 3.0, 6.0});
}

TEST_CASE("A cast converts each element, and fractions are cut off for i32") {
  const Tensor x = Tensor::from({1.9, -1.9, 3.0}, {3});
  CHECK(list<std::int32_t>(x.cast(DType::i32)) == std::vector<std::int32_t>{1, -1, 3});
  CHECK(list<float>(x.cast(DType::f32)) == std::vector<float>{1.9f, -1.9f, 3.0f});
  CHECK(list<double>(Tensor::from({1, 2, 3, 4}, {2, 2}).transpose().cast(DType::f64)) ==
        std::vector<double>{1.0, 3.0, 2.0, 4.0});
  CHECK(x.cast(DType::f64).raw() != x.raw());
}

TEST_CASE("A cast to i32 refuses an element that it cannot hold") {
  const Tensor x = Tensor::from({1.0, std::numeric_limits<double>::infinity()}, {2});
  CHECK_THROWS_AS(x.cast(DType::i32), ValueError);
  CHECK_THROWS_WITH(x.cast(DType::i32), ContainsSubstring("cast: i32 cannot hold inf\n  at tensor_test.cpp:"));
}

TEST_CASE("Assigning writes into the memory that is there, through views as well") {
  Tensor x = Tensor::zeros({2, 3}, DType::f64);
  Tensor column = x.slice({.axis = 1, .start = 1, .stop = 2});
  column.assign(Tensor::from({7.0, 8.0}, {2, 1}));
  CHECK(list<double>(x) == std::vector<double>{0.0, 7.0, 0.0, 0.0, 8.0, 0.0});
  CHECK(x.version() == 1);
  x.transpose().assign(Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {3, 2}));
  CHECK(list<double>(x) == std::vector<double>{1.0, 3.0, 5.0, 2.0, 4.0, 6.0});
}

TEST_CASE("Assigning takes what overlaps as it was before") {
  Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2});
  x.assign(x.transpose());
  CHECK(list<double>(x) == std::vector<double>{1.0, 3.0, 2.0, 4.0});
  x.assign(x);
  CHECK(list<double>(x) == std::vector<double>{1.0, 3.0, 2.0, 4.0});

  std::array<double, 5> memory{1.0, 2.0, 3.0, 4.0, 5.0};
  Tensor later = Tensor::wrap(memory.data() + 1, {4});
  later.assign(Tensor::wrap(memory.data(), {4}));
  CHECK(memory == std::array<double, 5>{1.0, 1.0, 2.0, 3.0, 4.0});
}

TEST_CASE("Assigning another shape or dtype, or to a broadcast view, is refused") {
  Tensor x = Tensor::zeros({2, 3});
  CHECK_THROWS_AS(x.assign(Tensor::zeros({3, 2})), ShapeError);
  CHECK_THROWS_WITH(x.assign(Tensor::zeros({3, 2})),
                    ContainsSubstring("assign: source must have shape (2, 3), got (3, 2)\n  at tensor_test.cpp:"));
  CHECK_THROWS_AS(x.assign(Tensor::zeros({2, 3}, DType::i32)), DTypeError);
  CHECK_THROWS_WITH(x.assign(Tensor::zeros({2, 3}, DType::i32)),
                    ContainsSubstring("assign: source must be f32, got i32\n  at tensor_test.cpp:"));
  Tensor wide = Tensor::zeros({3}).broadcast_to({2, 3});
  CHECK_THROWS_AS(wide.assign(x), ValueError);
  CHECK_THROWS_WITH(wide.assign(x), ContainsSubstring("assign: cannot write into a broadcast view of shape (2, 3)"));
  CHECK(x.version() == 0);
}

TEST_CASE("A wrapped tensor is the user's own memory") {
  std::vector<float> memory{1.0f, 2.0f, 3.0f, 4.0f};
  Tensor x = Tensor::wrap(memory.data(), {2, 2});
  CHECK(x.dtype() == DType::f32);
  CHECK(x.raw() == memory.data());
  x.set({1, 0}, 9.0);
  CHECK(memory[2] == 9.0f);
  CHECK(Tensor::wrap(static_cast<double*>(nullptr), {0}).elements() == 0);
}

TEST_CASE("Memory that is null or not aligned is not wrapped") {
  CHECK_THROWS_AS(Tensor::wrap(static_cast<float*>(nullptr), {2}), ValueError);
  CHECK_THROWS_WITH(Tensor::wrap(static_cast<float*>(nullptr), {2}),
                    ContainsSubstring("wrap: no memory (null) for shape (2)\n  at tensor_test.cpp:"));
  alignas(8) std::array<std::byte, 32> bytes{};
  CHECK_THROWS_AS(Tensor::wrap(bytes.data() + 4, {2}, DType::f64), ValueError);
  CHECK_THROWS_WITH(Tensor::wrap(bytes.data() + 4, {2}, DType::f64),
                    ContainsSubstring("wrap: memory of f64 for shape (2) must be aligned to 8 bytes\n  at "));
}

TEST_CASE("Random tensors take their numbers from the generator, element by element") {
  Rng a{5}, b{5};
  const Tensor x = Tensor::normal({2, 2}, a, {.mean = 10.0, .stddev = 0.5, .dtype = DType::f64});
  for (const double element : x.data<double>()) CHECK(element == 10.0 + 0.5 * b.normal());
  const Tensor u = Tensor::uniform({2, 2}, a, {.low = -1.0, .high = 3.0, .dtype = DType::f64});
  for (const double element : u.data<double>()) CHECK(element == -1.0 + 4.0 * b.uniform());
}

TEST_CASE("A uniform tensor never holds the upper end of its interval, rounding included") {
  Rng rng{6};
  const float low = 1.0f, high = std::nextafter(1.0f, 2.0f);
  const Tensor x = Tensor::uniform({1000}, rng, {.low = low, .high = high});
  for (const float element : x.data<float>()) CHECK(element == low);
  CHECK(Tensor::uniform({1}, rng, {.low = 2.0, .high = 2.0}).item() == 2.0);
}

TEST_CASE("Random tensors refuse i32 and numbers without meaning") {
  Rng rng{7};
  CHECK_THROWS_AS(Tensor::normal({2}, rng, {.dtype = DType::i32}), DTypeError);
  CHECK_THROWS_WITH(Tensor::uniform({2}, rng, {.dtype = DType::i32}),
                    ContainsSubstring("uniform: dtype must be f32 or f64, got i32\n  at tensor_test.cpp:"));
  CHECK_THROWS_AS(Tensor::normal({2}, rng, {.mean = std::nan("")}), ValueError);
  CHECK_THROWS_WITH(Tensor::normal({2}, rng, {.mean = std::nan("")}),
                    ContainsSubstring("normal: mean must be finite, got nan\n  at tensor_test.cpp:"));
  CHECK_THROWS_WITH(Tensor::normal({2}, rng, {.stddev = -1.0}),
                    ContainsSubstring("normal: stddev must be finite and not negative, got -1\n  at tensor_test.cpp:"));
  CHECK_THROWS_AS(Tensor::uniform({2}, rng, {.low = 1.0, .high = 0.0}), ValueError);
  CHECK_THROWS_WITH(Tensor::uniform({2}, rng, {.low = 1.0, .high = 0.0}),
                    ContainsSubstring("uniform: low and high must be finite and in order, got 1 and 0\n  at "));
}

TEST_CASE("Handling tensors and reading their elements allocates nothing") {
  Tensor x = Tensor::zeros({4, 4});
  const std::uint64_t before = counting_new::calls();
  Tensor same = x;
  same.set({1, 1}, 2.0);
  const double read = same.transpose().slice({.axis = 0, .start = 1}).at({0, 1}) + same.reshape({16}).at({0});
  const std::uint64_t calls = counting_new::calls() - before;
  CHECK(read == 2.0);
  if (counting_new::works) CHECK(calls == 0);
}
