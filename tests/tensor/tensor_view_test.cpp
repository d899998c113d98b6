#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

// 0, 1, 2, … in row-major order.
Tensor counting(const Shape& shape) {
  Tensor x = Tensor::empty(shape, DType::i32);
  const auto elements = x.mutable_data<std::int32_t>();
  std::iota(elements.begin(), elements.end(), 0);
  return x;
}

std::vector<std::int32_t> list(const Tensor& x) {
  const Tensor copy = x.copy();
  const auto elements = copy.data<std::int32_t>();
  return {elements.begin(), elements.end()};
}

using Numbers = std::vector<std::int32_t>;

}  // namespace

TEST_CASE("A transpose reverses the axes without copying") {
  const Tensor x = counting({2, 3, 4}), y = x.transpose();
  CHECK(y.shape() == Shape{4, 3, 2});
  CHECK(y.storage() == x.storage());
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t k = 0; k < 4; ++k) CHECK(y.at({k, j, i}) == x.at({i, j, k}));
  CHECK(Tensor::scalar(1.0).transpose().shape() == Shape{});
}

TEST_CASE("A transpose takes any permutation of the axes, negative ones from the end") {
  const Tensor x = counting({2, 3, 4});
  const Tensor y = x.transpose({1, -1, 0});
  CHECK(y.shape() == Shape{3, 4, 2});
  CHECK(y.at({2, 3, 1}) == x.at({1, 2, 3}));
}

TEST_CASE("Axes that are not a permutation are refused") {
  const Tensor x = counting({2, 3});
  CHECK_THROWS_AS(x.transpose({0, 0}), IndexError);
  CHECK_THROWS_WITH(
      x.transpose({0, 0}),
      ContainsSubstring("transpose: axes (0, 0) are not a permutation of the 2 axes of shape (2, 3)\n  at "
                        "tensor_view_test.cpp:"));
  CHECK_THROWS_AS(x.transpose({0, 2}), IndexError);
  CHECK_THROWS_AS(x.transpose({0, 1, 2}), IndexError);
  CHECK_THROWS_AS(x.transpose({1}), IndexError);
  CHECK_THROWS_WITH(x.transpose(std::span<const std::int64_t>{}),
                    ContainsSubstring("transpose: no axes given for the 2 axes of shape (2, 3)\n  at "));
}

TEST_CASE("A reshape is a view where strides allow and a copy elsewhere") {
  const Tensor x = counting({2, 6});
  const Tensor view = x.reshape({3, 4});
  CHECK(view.storage() == x.storage());
  CHECK(list(view) == list(x));
  const Tensor copy = x.transpose().reshape({12});
  CHECK(copy.storage() != x.storage());
  CHECK(list(copy) == Numbers{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11});
  CHECK(counting({0, 3}).reshape({5, 0}).shape() == Shape{5, 0});
}

TEST_CASE("A reshape to another number of elements is refused") {
  CHECK_THROWS_AS(counting({2, 3}).reshape({4}), ShapeError);
  CHECK_THROWS_WITH(
      counting({2, 3}).reshape({4}),
      ContainsSubstring("reshape: shape (2, 3) has 6 elements, shape (4) has 4\n  at tensor_view_test.cpp:"));
}

TEST_CASE("A slice takes every step-th position from start up to stop") {
  const Tensor x = counting({10});
  CHECK(list(x.slice({.start = 2, .stop = 5})) == Numbers{2, 3, 4});
  CHECK(list(x.slice({.start = 1, .stop = 8, .step = 3})) == Numbers{1, 4, 7});
  CHECK(list(x.slice({.start = 0, .step = 4})) == Numbers{0, 4, 8});
  CHECK(list(x.slice({.start = -3})) == Numbers{7, 8, 9});
  CHECK(list(x.slice({.start = -3, .stop = -1})) == Numbers{7, 8});
  CHECK(list(x.slice({.start = 5, .stop = 5})).empty());
  CHECK(list(x.slice({.start = 8, .stop = 2})).empty());
  CHECK(list(x.slice({.start = 10})).empty());
  CHECK(list(x.slice({.start = 3, .step = std::numeric_limits<std::int64_t>::max()})) == Numbers{3});
}

TEST_CASE("A slice along an inner axis is a view of its rows") {
  const Tensor x = counting({3, 4});
  Tensor y = x.slice({.axis = -1, .start = 1, .stop = 4, .step = 2});
  CHECK(y.shape() == Shape{3, 2});
  CHECK(list(y) == Numbers{1, 3, 5, 7, 9, 11});
  y.set({2, 1}, 99.0);
  CHECK(x.at({2, 3}) == 99.0);
  CHECK(list(y.slice({.axis = 0, .start = 2}).slice({.axis = 1, .start = 1})) == Numbers{99});
}

TEST_CASE("A slice beyond the end, along no axis or without progress is refused") {
  const Tensor x = counting({3, 4});
  CHECK_THROWS_AS(x.slice({.axis = 1, .stop = 5}), IndexError);
  CHECK_THROWS_WITH(
      x.slice({.axis = 1, .stop = 5}),
      ContainsSubstring("slice: stop 5 is out of range for axis 1 of shape (3, 4)\n  at tensor_view_test.cpp:"));
  CHECK_THROWS_WITH(x.slice({.axis = 0, .start = -4}),
                    ContainsSubstring("slice: start -4 is out of range for axis 0 of shape (3, 4)\n  at "));
  CHECK_THROWS_AS(x.slice({.axis = 2}), IndexError);
  CHECK_THROWS_WITH(x.slice({.axis = 2}), ContainsSubstring("slice: axis 2 is out of range for shape (3, 4)\n  at "));
  CHECK_THROWS_AS(x.slice({.step = 0}), ValueError);
  CHECK_THROWS_WITH(x.slice({.step = -1}),
                    ContainsSubstring("slice: step must be at least 1, got -1 for axis 0 of shape (3, 4)\n  at "));
  CHECK_THROWS_AS(x.slice({.start = std::numeric_limits<std::int64_t>::min()}), IndexError);
}

TEST_CASE("A broadcast repeats elements without copying them") {
  const Tensor row = counting({1, 3}), column = counting({2, 1});
  CHECK(list(row.broadcast_to({2, 3})) == Numbers{0, 1, 2, 0, 1, 2});
  CHECK(list(column.broadcast_to({2, 3})) == Numbers{0, 0, 0, 1, 1, 1});
  CHECK(list(counting({3}).broadcast_to({2, 2, 3})) == Numbers{0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2});
  CHECK(row.broadcast_to({1000000, 3}).storage() == row.storage());
  CHECK(counting({1}).broadcast_to({0}).elements() == 0);
}

TEST_CASE("A shape that the tensor's does not broadcast to is refused") {
  CHECK_THROWS_AS(counting({2, 3}).broadcast_to({3, 3}), ShapeError);
  CHECK_THROWS_WITH(
      counting({2, 3}).broadcast_to({3, 3}),
      ContainsSubstring("broadcast_to: shape (2, 3) does not broadcast to (3, 3)\n  at tensor_view_test.cpp:"));
  CHECK_THROWS_AS(counting({2, 3}).broadcast_to({3}), ShapeError);
  CHECK_THROWS_AS(counting({2}).broadcast_to({1}), ShapeError);
}

TEST_CASE("Whether a view is contiguous depends on the axes that have more than one position") {
  const Tensor x = counting({3, 4});
  CHECK(x.slice({.axis = 0, .start = 1}).is_contiguous());
  CHECK_FALSE(x.slice({.axis = 1, .start = 1}).is_contiguous());
  CHECK_FALSE(x.transpose().is_contiguous());
  CHECK(counting({1, 4}).transpose().is_contiguous());
  CHECK_FALSE(counting({1}).broadcast_to({2}).is_contiguous());
  CHECK(counting({0, 4}).transpose().is_contiguous());
}

TEST_CASE("A view of existing memory stays within it, forwards and backwards") {
  const Tensor x = counting({6});
  CHECK(list(Tensor::view(x.storage(), 5, {3}, {-2}, DType::i32)) == Numbers{5, 3, 1});
  CHECK(list(Tensor::view(x.storage(), 0, {2, 2}, {2, 1}, DType::i32)) == Numbers{0, 1, 2, 3});
  CHECK_THROWS_AS(Tensor::view(x.storage(), 0, {7}, {1}, DType::i32), IndexError);
  CHECK_THROWS_WITH(Tensor::view(x.storage(), 4, {2}, {2}, DType::i32),
                    ContainsSubstring("view: shape (2) with strides (2) at offset 4 reaches beyond a storage of 6 "
                                      "elements\n  at tensor_view_test.cpp:"));
  CHECK_THROWS_AS(Tensor::view(x.storage(), 1, {2}, {-2}, DType::i32), IndexError);
  CHECK_THROWS_AS(Tensor::view(x.storage(), -1, {1}, {1}, DType::i32), IndexError);
  CHECK_THROWS_AS(Tensor::view(x.storage(), 6, {1}, {1}, DType::i32), IndexError);
  CHECK_THROWS_AS(Tensor::view(x.storage(), 0, {6}, {1}, DType::f64), IndexError);
  CHECK_THROWS_AS(Tensor::view({}, 0, {1}, {1}, DType::i32), IndexError);
}

TEST_CASE("Strides that reach beyond 63 bits or do not match the rank are refused") {
  const Tensor x = counting({6});
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK_THROWS_AS(Tensor::view(x.storage(), 0, {2, 2}, {most, most}, DType::i32), ShapeError);
  CHECK_THROWS_WITH(
      Tensor::view(x.storage(), 0, {3}, {most}, DType::i32),
      ContainsSubstring(
          "view: strides (9223372036854775807) of shape (3) reach offsets that do not fit in 63 bits\n  at "));
  CHECK_THROWS_AS(Tensor::view(x.storage(), 0, {2}, {-most - 1}, DType::i32), IndexError);
  CHECK_THROWS_AS(Tensor::view(x.storage(), 0, {2, 2}, {1}, DType::i32), ShapeError);
  CHECK_THROWS_WITH(Tensor::view(x.storage(), 0, {2, 2}, {1}, DType::i32),
                    ContainsSubstring("view: shape (2, 2) needs 2 strides, got 1\n  at "));
}
