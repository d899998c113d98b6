// Whether random numbers are distributed as they should be: statistics of many, at levels that a right generator fails once
// in tens of thousands of seeds. The seeds are fixed, so that a failure is one of the generator.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <span>
#include <vector>

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

constexpr int n = 400'000;

std::vector<double> normals(std::uint64_t seed) {
  Rng rng{seed};
  const Tensor drawn = Tensor::normal({n}, rng, {.dtype = DType::f64});
  const auto elements = drawn.data<double>();
  return {elements.begin(), elements.end()};
}

std::vector<double> uniforms(std::uint64_t seed) {
  Rng rng{seed};
  const Tensor drawn = Tensor::uniform({n}, rng, {.dtype = DType::f64});
  const auto elements = drawn.data<double>();
  return {elements.begin(), elements.end()};
}

double normal_below(double x) { return 0.5 * std::erfc(-x / std::numbers::sqrt2); }

/// The largest distance between the distribution of the numbers and the right one, times √n (Kolmogorov and Smirnov): above
/// 2.3 once in 20,000 times.
template <class Below>
double distance(std::vector<double> numbers, Below below) {
  std::ranges::sort(numbers);
  const double size = static_cast<double>(numbers.size());
  double largest = 0.0;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const double expected = below(numbers[i]), at = static_cast<double>(i) / size;
    largest = std::max({largest, expected - at, at + 1.0 / size - expected});
  }
  return largest * std::sqrt(size);
}

/// How far the mean of f is from the expected one, in standard errors.
template <class F>
double off(std::span<const double> numbers, double expected, double variance, F f) {
  double sum = 0.0;
  for (const double x : numbers) sum += f(x) - expected;
  return std::fabs(sum) / std::sqrt(variance * static_cast<double>(numbers.size()));
}

/// The correlation of f of numbers that are `lag` apart, in standard errors.
template <class F>
double correlation(std::span<const double> numbers, std::size_t lag, double mean, double variance, F f) {
  double sum = 0.0;
  const std::size_t count = numbers.size() - lag;
  for (std::size_t i = 0; i < count; ++i) sum += (f(numbers[i]) - mean) * (f(numbers[i + lag]) - mean);
  return std::fabs(sum) / (variance * std::sqrt(static_cast<double>(count)));
}

double itself(double x) { return x; }
double square(double x) { return x * x; }

}  // namespace

TEST_CASE("Uniform and normal numbers have their distributions, by the test of Kolmogorov and Smirnov") {
  for (const std::uint64_t seed : {31, 32, 33}) {
    CHECK(distance(uniforms(seed), itself) < 2.3);
    CHECK(distance(normals(seed), normal_below) < 2.3);
  }
}

TEST_CASE("The first and the second number of a pair have the normal distribution, each by itself") {
  const std::vector<double> all = normals(34);
  std::array<std::vector<double>, 2> half;
  for (std::size_t i = 0; i < all.size(); ++i) half[i % 2].push_back(all[i]);
  CHECK(distance(half[0], normal_below) < 2.3);
  CHECK(distance(half[1], normal_below) < 2.3);
}

TEST_CASE("Normal numbers of a tensor have the moments of the standard normal distribution up to the eighth") {
  const std::vector<double> x = normals(35);
  const std::array<double, 17> moments{1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395, 0, 135135, 0, 2027025};
  for (std::size_t k = 1; k <= 8; ++k) {
    CAPTURE(k);
    const double variance = moments[2 * k] - moments[k] * moments[k];
    CHECK(off(x, moments[k], variance, [k](double v) { return std::pow(v, static_cast<double>(k)); }) < 4.5);
  }
}

TEST_CASE("As many normal numbers lie in each tail as the distribution says") {
  const std::vector<double> x = normals(36);
  for (const double bound : {0.5, 1.0, 2.0, 3.0, 3.5, 4.0}) {
    CAPTURE(bound);
    const double p = normal_below(-bound);
    CHECK(off(x, p, p * (1.0 - p), [bound](double v) { return v > bound ? 1.0 : 0.0; }) < 4.5);
    CHECK(off(x, p, p * (1.0 - p), [bound](double v) { return v < -bound ? 1.0 : 0.0; }) < 4.5);
  }
  CHECK(*std::ranges::max_element(x) > 4.2);
  CHECK(*std::ranges::max_element(x) < 6.5);
}

TEST_CASE("Numbers that follow one another are not correlated, nor are their squares") {
  const std::vector<double> u = uniforms(37), x = normals(38);
  for (const std::size_t lag : {1, 2, 3, 4, 8, 16, 128, 8192}) {
    CAPTURE(lag);
    CHECK(correlation(u, lag, 0.5, 1.0 / 12.0, itself) < 4.5);
    CHECK(correlation(x, lag, 0.0, 1.0, itself) < 4.5);
    CHECK(correlation(x, lag, 1.0, 2.0, square) < 4.5);
  }
}

TEST_CASE("Numbers of neighbouring seeds and streams are not correlated") {
  Rng a{40}, b{41}, c{40, 1};
  std::array<double, 2> sums{};
  for (int i = 0; i < n; ++i) {
    const double x = a.normal();
    sums[0] += x * b.normal();
    sums[1] += x * c.normal();
  }
  for (const double sum : sums) CHECK(std::fabs(sum) < 4.5 * std::sqrt(n));
}

TEST_CASE("Successive uniform numbers fill the square evenly, down to its corners") {
  // Chi-squared of 32×32 cells: mean 1023, standard deviation √2046.
  const std::vector<double> u = uniforms(42);
  std::array<int, 1024> cells{};
  for (std::size_t i = 0; i + 1 < u.size(); i += 2)
    ++cells[static_cast<std::size_t>(u[i] * 32.0) * 32 + static_cast<std::size_t>(u[i + 1] * 32.0)];
  double sum = 0.0;
  const double expected = n / 2 / 1024.0;
  for (const int count : cells) sum += (count - expected) * (count - expected) / expected;
  CHECK(std::fabs(sum - 1023.0) < 4.5 * std::sqrt(2046.0));
}
