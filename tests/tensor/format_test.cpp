#include <capstan/tensor/format.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

TEST_CASE("Small tensors print whole, on one line where it is short") {
  CHECK(fmt::format("{}", Tensor::scalar(2.5)) == "2.5");
  CHECK(fmt::format("{}", Tensor::from({1.0, 2.0, -0.5}, {3})) == "[1, 2, -0.5]");
  CHECK(fmt::format("{}", Tensor::from({1, 2, 3, 4, 5, 6}, {2, 3})) == "[[1, 2, 3], [4, 5, 6]]");
  CHECK(fmt::format("{}", Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}).transpose()) == "[[1, 3], [2, 4]]");
  CHECK(fmt::format("{}", Tensor::zeros({1, 1, 1})) == "[[[0]]]");
}

TEST_CASE("Numbers print with six digits, whole ones without a point") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  CHECK(to_string(Tensor::from({1.0 / 3.0, 1e-9, 123456789.0, 1e20}, {4})) == "[0.333333, 1e-09, 123456789, 1e+20]");
  CHECK(to_string(Tensor::from({infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}, {3})) ==
        "[inf, -inf, nan]");
}

TEST_CASE("NaN prints without a sign, whatever its bits are") {
  const double negative = std::copysign(std::numeric_limits<double>::quiet_NaN(), -1.0);
  CHECK(to_string(Tensor::from({negative, 1.0}, {2})) == "[nan, 1]");
  CHECK(fmt::format("{}", printable(negative)) == "nan");
  CHECK(printable(-0.5) == -0.5);
}

TEST_CASE("A matrix that is too wide for one line prints row under row, aligned") {
  Tensor x = Tensor::zeros({2, 30}, DType::f64);
  x.set({1, 29}, -12.5);
  const std::string text = to_string(x);
  CHECK(std::ranges::count(text, '\n') == 1);
  const std::size_t row = text.find('\n');
  CHECK(text.substr(0, 10) == "[[    0,  ");
  CHECK(text.substr(row + 1, 8) == " [    0,");
  CHECK(text.size() - row == row + 1);  // both rows are equally wide
  CHECK_THAT(text, ContainsSubstring("-12.5]]"));
}

TEST_CASE("Large tensors print their edges, dtype and whole shape") {
  CHECK(to_string(Tensor::zeros({40})) == "[0, 0, 0, …, 0, 0, 0] f32 (40)");
  const std::string matrix = to_string(Tensor::ones({784, 512}, DType::f64));
  CHECK_THAT(matrix, ContainsSubstring("[1, 1, 1, …, 1, 1, 1]") && ContainsSubstring("…") &&
                         Catch::EndsWith(" f64 (784, 512)"));
  CHECK(std::ranges::count(matrix, '1') == 36 + 1);  // the one of 512
}

TEST_CASE("A tensor of any rank prints in a few hundred numbers") {
  const auto numbers = [](const Tensor& x) { return std::ranges::count(to_string(x), '.'); };
  CHECK(numbers(Tensor::full({10, 10, 10, 10}, 0.5)) <= 300);
  CHECK(numbers(Tensor::full({4, 4, 4, 4, 4, 4, 4, 4}, 0.5)) <= 300);
}

TEST_CASE("A tensor without elements prints its brackets, dtype and shape, and stays short") {
  CHECK(to_string(Tensor::zeros({0})) == "[] f32 (0)");
  CHECK(to_string(Tensor::zeros({3, 0})) == "[[], [], []] f32 (3, 0)");
  CHECK(to_string(Tensor::zeros({1000000000, 0})) == "[[], [], [], …, [], [], []] f32 (1000000000, 0)");
  CHECK(to_string(Tensor::zeros({32, 32, 32, 32, 0})).size() < 2000);
}

TEST_CASE("Shapes and tensors can be padded like text") {
  CHECK(fmt::format("{:<8}|{:>8}|", Shape{2, 3}, Shape{}) == "(2, 3)  |      ()|");
  CHECK(fmt::format("{:>6}", Tensor::scalar(1.0)) == "     1");
}
