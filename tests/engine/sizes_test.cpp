// Sizes that do not fit are refused by name, before anything is allocated.
#include <capstan/tensor/sizes.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <string>

#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

constexpr std::int64_t power(int exponent) { return std::int64_t{1} << exponent; }
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

Tensor one() { return Tensor::scalar(1.0, DType::f64); }

}  // namespace

TEST_CASE("Sizes that do not fit count as the most there can be") {
  CHECK(add_sizes(3, 4) == 7);
  CHECK(add_sizes(SIZE_MAX, 1) == most_bytes);
  CHECK(add_sizes(1, SIZE_MAX) == most_bytes);
  CHECK(add_sizes(most_bytes - 1, 1) == most_bytes);
  CHECK(add_sizes(most_bytes, most_bytes) == most_bytes);
  CHECK(multiply_sizes(3, 4) == 12);
  CHECK(multiply_sizes(0, SIZE_MAX) == 0);
  CHECK(multiply_sizes(SIZE_MAX, 0) == 0);
  CHECK(multiply_sizes(std::size_t{1} << 32, std::size_t{1} << 32) == most_bytes);
  CHECK(aligned(0) == 0);
  CHECK(aligned(1) == 64);
  CHECK(aligned(64) == 64);
  CHECK(aligned(SIZE_MAX) == most_bytes);
  CHECK(aligned(most_bytes) == most_bytes);
  CHECK(bytes_of({power(60) - 1}, DType::f64).value() == (power(60) - 1) * 8);
  CHECK_FALSE(bytes_of({power(60)}, DType::f64).has_value());
  CHECK(bytes_of({power(60)}, DType::f32).value() == power(62));
  CHECK(bytes_of({power(62), 0}, DType::f64).value() == 0);
}

TEST_CASE("A result with more bytes than 63 bits count is refused when it is recorded, and leaves no trace") {
  Tape tape;
  const Var x = tape.constant(one());
  const auto size = tape.size();
  CHECK_THROWS_AS(broadcast_to(x, {power(61)}), ShapeError);
  CHECK_THROWS_WITH(broadcast_to(x, {power(61)}),
                    ContainsSubstring("broadcast_to: the result would have more bytes than 63 bits count: "
                                      "(2305843009213693952) of f64\n") &&
                        ContainsSubstring("\n  at sizes_test.cpp:"));
  CHECK_THROWS_AS(negate(broadcast_to(x, {power(61)})), ShapeError);
  CHECK_THROWS_AS(tape.constant(one().broadcast_to({power(60)})), ShapeError);
  CHECK_THROWS_AS(x + one().broadcast_to({power(60)}), ShapeError);
  CHECK(tape.size() == size);

  const Var column = broadcast_to(x, {power(31), 1}), row = broadcast_to(x, {1, power(31)});
  CHECK_THROWS_AS(column + row, ShapeError);
  CHECK_THROWS_AS(column * row, ShapeError);
  CHECK_THROWS_AS(matmul(column, row), ShapeError);
  CHECK_THROWS_AS(equal(column, row), ShapeError);
  CHECK_THROWS_AS(where(equal(column, 1.0), row, 1.0), ShapeError);
  const Var wide = cast(broadcast_to(x, {power(60) - 1}), DType::i32);
  CHECK(stack({wide, wide}).shape() == Shape{2, power(60) - 1});  // 2^63 − 8 bytes
  CHECK_THROWS_AS(stack({wide, wide, wide}), ShapeError);
  CHECK_THROWS_AS(concatenate({wide, wide, wide}), ShapeError);
  CHECK_THROWS_AS(cast(stack({wide}), DType::f64).value(), Error);
}

TEST_CASE("So is a product of empty matrices, and a shape function's answer") {
  Tape tape;
  const Var tall = tape.constant(Tensor::empty({power(31), 0})), wide = tape.constant(Tensor::empty({0, power(31)}));
  CHECK_THROWS_AS(matmul(tall, wide), ShapeError);
  CHECK_THROWS_WITH(matmul(tall, wide),
                    ContainsSubstring("matmul: the result would have more bytes than 63 bits count: "
                                      "(2147483648, 2147483648) of f32\n") &&
                        ContainsSubstring("(2147483648, 0)"));
  const CustomOp large{{.name = "large",
                        .forward = [](const CustomForward&) {},
                        .shape = [](std::span<const Shape>) { return Shape{power(61)}; }}};
  CHECK_THROWS_AS(large(tall), ShapeError);
  CHECK(tape.size() == 2);
}

TEST_CASE("Extents that add up to more than 63 bits count are refused, of empty operands too") {
  Tape tape;
  const Var e = tape.constant(Tensor::empty({power(62), 0}));
  CHECK(concatenate({e}).shape() == Shape{power(62), 0});
  CHECK_THROWS_AS(concatenate({e, e, e}), ShapeError);
  CHECK_THROWS_WITH(concatenate({e, e, e}),
                    ContainsSubstring("concatenate: the extents of axis 0 add up to more than 63 bits count\n"));
  CHECK_THROWS_AS(concatenate({e, e}), ShapeError);
}

TEST_CASE("Values that have too many bytes together are refused by name when they are asked for") {
  for (const bool eager : {false, true}) {
    Tape tape{{.eager = eager}};
    const Var x = broadcast_to(tape.constant(one()), {power(59)});
    CHECK_THROWS_AS(softmax(x).value(), ShapeError);
    CHECK_THROWS_AS(concatenate({x, x}).value(), ShapeError);
    CHECK_THROWS_AS((negate(x) + exp(x)).value(), ShapeError);
    const Var y = tape.constant(one());
    CHECK((y + 1.0).item() == 2.0);  // the tape goes on
  }
}

TEST_CASE("Views of nothing have the strides of their shape, whatever was said, and offsets in them do not count") {
  const Tensor none = Tensor::view({}, 0, {0, 3}, {most, most}, DType::f64);
  CHECK(none.strides() == Strides{3, 1});
  CHECK(none.slice({.axis = 1, .start = 2}).shape() == Shape{0, 1});
  CHECK(none.slice({.axis = 1, .step = 2}).shape() == Shape{0, 2});
  CHECK(none.transpose().copy().shape() == Shape{3, 0});
  const Tensor held = Tensor::view(Tensor::ones({4}).storage(), 0, {3, 0}, {-most, most}, DType::f32);
  Tape tape;
  const Var x = tape.constant(held);
  CHECK(slice(x, {.axis = 0, .start = 1, .step = 2}).value().shape() == Shape{1, 0});
  CHECK(sum(x).item() == 0.0);
  const Var e = tape.constant(Tensor::empty({power(62), 0}, DType::f64));
  const Var part = slice(e, {.axis = 0, .start = power(61)});
  CHECK(part.value().shape() == Shape{power(61), 0});
  CHECK(sum(transpose(part)).item() == 0.0);
}

TEST_CASE("Memory that no element can lie in is refused") {
  alignas(8) std::array<std::byte, 64> bytes{};
  const StoragePtr odd = Storage::wrap(bytes.data() + 1, 56), even = Storage::wrap(bytes.data() + 4, 56);
  CHECK_THROWS_AS(Tensor::view(odd, 0, {2}, {1}, DType::f32), ValueError);
  CHECK_THROWS_WITH(
      Tensor::view(odd, 0, {2}, {1}, DType::f32),
      ContainsSubstring("view: memory of f32 for shape (2) must be aligned to 4 bytes\n  at sizes_test.cpp:"));
  CHECK_THROWS_AS(Tensor::view(even, 0, {2}, {1}, DType::f64), ValueError);
  CHECK(Tensor::view(even, 1, {2}, {1}, DType::f32).at({1}) == 0.0);
  CHECK_THROWS_AS(Tensor::view(Storage::wrap(nullptr, 64), 0, {2}, {1}, DType::f32), ValueError);
  CHECK(Tensor::view(odd, 0, {0}, {1}, DType::f64).elements() == 0);
}
