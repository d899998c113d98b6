// Elements and extents as users have them at hand: lists of several types, vectors of any arithmetic type, shapes of any
// integral type.
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

// What users' compilers may be told to say of their programs.
#pragma GCC diagnostic error "-Wnarrowing"
#pragma GCC diagnostic error "-Wsign-conversion"
#pragma GCC diagnostic error "-Wconversion"

using namespace capstan;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

void check(const Tensor& x, DType dtype, const Shape& shape, const std::vector<double>& elements) {
  CHECK(x.dtype() == dtype);
  CHECK(x.shape() == shape);
  const Tensor wide = x.cast(DType::f64);
  const auto data = wide.data<double>();
  CHECK(std::vector<double>(data.begin(), data.end()) == elements);
}

}  // namespace

TEST_CASE("a list of one type keeps it, a list of several types is f64") {
  int two = 2;
  std::size_t three = 3;
  check(Tensor::from({1.0F, 2.5F}, {2}), DType::f32, {2}, {1.0, 2.5});
  check(Tensor::from({1.0, 2.5}, {2}), DType::f64, {2}, {1.0, 2.5});
  check(Tensor::from({1, two}, {2}), DType::i32, {2}, {1.0, 2.0});
  check(Tensor::from({true, false}, {2}), DType::i32, {2}, {1.0, 0.0});
  check(Tensor::from({three, three}, {2}), DType::i32, {2}, {3.0, 3.0});
  check(Tensor::from({1, 2.5, 3}, {3}), DType::f64, {3}, {1.0, 2.5, 3.0});
  check(Tensor::from({1, 2.5F, two, three}, {2, 2}), DType::f64, {2, 2}, {1.0, 2.5, 2.0, 3.0});
  check(Tensor::from({}, {0}), DType::f64, {0}, {});
}

TEST_CASE("elements take the dtype that is said") {
  const int n = 3;
  std::size_t m = 4;
  check(Tensor::from<float>({1, 2, 3}, {3}), DType::f32, {3}, {1.0, 2.0, 3.0});
  check(Tensor::from<float>({1, 2.5, n, m}, {4}), DType::f32, {4}, {1.0, 2.5, 3.0, 4.0});
  check(Tensor::from<float>({0.1}, {1}), DType::f32, {1}, {static_cast<double>(0.1F)});
  check(Tensor::from<double>({1, n}, {2}), DType::f64, {2}, {1.0, 3.0});
  check(Tensor::from<std::int32_t>({1.0, 2.0F, m}, {3}), DType::i32, {3}, {1.0, 2.0, 4.0});
  check(Tensor::from<double>(std::vector<int>{1, 2}, {2}), DType::f64, {2}, {1.0, 2.0});
  check(Tensor::from<float>(std::vector<double>{0.5, -2.0}, {1, 2}), DType::f32, {1, 2}, {0.5, -2.0});
  check(Tensor::from<float>(std::vector<bool>{true, false}, {2}), DType::f32, {2}, {1.0, 0.0});
}

TEST_CASE("vectors, arrays and spans of any arithmetic type give a tensor: floating ones floating, others i32") {
  const double plain[] = {1.0, 2.0};
  check(Tensor::from(std::vector<float>{1.0F, 2.0F}, {2}), DType::f32, {2}, {1.0, 2.0});
  check(Tensor::from(std::vector<std::size_t>{1, 2}, {2}), DType::i32, {2}, {1.0, 2.0});
  check(Tensor::from(std::vector<std::int64_t>{-1, 2}, {2}), DType::i32, {2}, {-1.0, 2.0});
  check(Tensor::from(std::vector<unsigned char>{0, 255}, {2}), DType::i32, {2}, {0.0, 255.0});
  check(Tensor::from(std::vector<std::int16_t>{-7}, {1}), DType::i32, {1}, {-7.0});
  check(Tensor::from(std::vector<bool>{true, false, true}, {3}), DType::i32, {3}, {1.0, 0.0, 1.0});
  check(Tensor::from(std::array{1.5L, 2.0L}, {2}), DType::f64, {2}, {1.5, 2.0});
  check(Tensor::from(plain, {2}), DType::f64, {2}, {1.0, 2.0});
  check(Tensor::from(std::span<const double>(plain).first(1), {1}), DType::f64, {1}, {1.0});
  const auto list = {1.0F, 2.0F};
  check(Tensor::from(list, {2}), DType::f32, {2}, {1.0, 2.0});
}

TEST_CASE("from refuses a number that the dtype cannot hold exactly, and names value and position") {
  const auto refuses = [](const auto& make, const std::string& text) {
    CHECK_THROWS_AS(make(), ValueError);
    CHECK_THROWS_WITH(make(), "from: " + text + at);
  };
  constexpr std::int64_t far = 3000000000;
  refuses([] { return Tensor::from(std::vector<std::int64_t>{1, far}, {2}, here); },
          "i32 cannot hold 3000000000 at position 1; Tensor::from<double> can");
  refuses([] { return Tensor::from(std::vector<std::uint64_t>{UINT64_MAX}, {1}, here); },
          "i32 cannot hold 18446744073709551615 at position 0");
  refuses([] { return Tensor::from<double>(std::vector<std::int64_t>{INT64_MAX}, {1}, here); },
          "f64 cannot hold 9223372036854775807 at position 0");
  refuses([] { return Tensor::from({1.5, far * far + 1}, {2}, here); },
          "f64 cannot hold 9000000000000000001 at position 1");
  refuses([] { return Tensor::from<float>({far + 1}, {1}, here); },
          "f32 cannot hold 3000000001 at position 0; Tensor::from<double> can");
  refuses([] { return Tensor::from<float>({1, 16777217}, {2}, here); },
          "f32 cannot hold 16777217 at position 1; Tensor::from<double> can");
  refuses([] { return Tensor::from<float>({1e300}, {1}, here); },
          "f32 cannot hold 1e+300 at position 0; Tensor::from<double> can");
  refuses([] { return Tensor::from<std::int32_t>({1.0, 2.5}, {2}, here); },
          "i32 cannot hold 2.5 at position 1; Tensor::from<double> can");
  refuses([] { return Tensor::from<std::int32_t>({-2147483649.0}, {1}, here); },
          "i32 cannot hold -2147483649 at position 0; Tensor::from<double> can");
  refuses([] { return Tensor::from<std::int32_t>({std::nan("")}, {1}, here); },
          "i32 cannot hold nan at position 0; Tensor::from<double> can");
  CHECK(Tensor::from<float>({INFINITY, 1}, {2}).at({0}) == std::numeric_limits<double>::infinity());
  CHECK(Tensor::from<float>(std::vector<std::int64_t>{std::int64_t{1} << 40}, {1}).at({0}) == 0x1p40);
  CHECK(Tensor::from(std::vector<std::int64_t>{INT32_MIN, INT32_MAX}, {2}).at({0}) == -2147483648.0);
}

TEST_CASE("as many elements as the shape has, whatever they come from") {
  CHECK_THROWS_AS(Tensor::from({1, 2.5}, {3}), ShapeError);
  CHECK_THROWS_WITH(Tensor::from({1, 2.5}, {3}, here), "from: shape (3) has 3 elements, got 2" + at);
  CHECK_THROWS_AS(Tensor::from<float>({1, 2}, {}), ShapeError);
  CHECK_THROWS_AS(Tensor::from(std::vector<bool>{true}, {2}), ShapeError);
  CHECK_THROWS_AS(Tensor::from<float>(std::vector<int>{1, 2, 3}, {2}), ShapeError);
}

TEST_CASE("shapes and positions take any integral type") {
  int i = 1;
  unsigned u = 2;
  std::size_t z = 3;
  short s = 1;
  long long ll = 2;
  std::uint8_t b = 1;
  const Shape shape{i, u, z, s, ll, b, 2};
  CHECK(shape == Shape{1, 2, 3, 1, 2, 1, 2});
  CHECK(Tensor::zeros({z, u}).shape() == Shape{3, 2});
  Tensor x = Tensor::zeros({z, u});
  for (std::size_t row = 0; row < z; ++row) x.set({row, i}, 5.0);
  CHECK(x.at({z - 1, u - 1}) == 5.0);
  CHECK(x.at({-1, i}) == 5.0);
  CHECK(x.reshape({u, z}).shape() == Shape{2, 3});
  CHECK(Extents{-1, z}[1] == 3);
}

TEST_CASE("an extent or position that 63 bits do not hold is no negative one") {
  const std::size_t huge = std::numeric_limits<std::size_t>::max();
  CHECK_THROWS_AS((Shape{2, huge}), ShapeError);
  CHECK_THROWS_WITH((Shape{{2, huge}, here}), "shape: an extent must fit 63 bits, got 18446744073709551615" + at);
  CHECK_THROWS_WITH((Extents{{huge}, here}), "an axis or extent must fit 63 bits, got 18446744073709551615" + at);
  const Tensor x = Tensor::zeros({3});
  CHECK_THROWS_AS(x.at({huge}), IndexError);
  CHECK_THROWS_WITH(x.at({huge}, here), "at: a position must fit 63 bits, got 18446744073709551615" + at);
  CHECK_THROWS_AS((Shape{-1}), ShapeError);
}
