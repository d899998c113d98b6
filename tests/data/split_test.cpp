#include <capstan/data/split.hpp>

#include <algorithm>
#include <limits>
#include <map>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

// Example j has the number j as its feature and j % classes as its label.
data::Dataset numbered(std::int64_t examples, std::int32_t classes = 3) {
  Tensor x = Tensor::empty({1, examples}, DType::f64), y = Tensor::empty({examples}, DType::i32);
  for (std::int64_t j = 0; j < examples; ++j) {
    x.set({0, j}, static_cast<double>(j));
    y.set({j}, static_cast<double>(j % classes));
  }
  return {x, y, {"number"}, {"zero", "one", "two"}};
}

std::vector<double> numbers(const data::Dataset& dataset) {
  std::vector<double> result;
  for (std::int64_t j = 0; j < dataset.examples(); ++j) result.push_back(dataset.x.at({0, j}));
  return result;
}

std::map<double, int> count_labels(const Tensor& y) {
  std::map<double, int> counts;
  const Tensor flat = y.reshape({y.elements()});
  for (std::int64_t j = 0; j < flat.elements(); ++j) ++counts[flat.at({j})];
  return counts;
}

}  // namespace

TEST_CASE("split puts every example into exactly one of the two parts, with its label and the names") {
  const auto [train, test] = data::split(numbered(50), {.test_fraction = 0.3, .seed = 5});
  REQUIRE(train.examples() == 35);
  REQUIRE(test.examples() == 15);
  std::vector<double> all = numbers(train);
  for (const double number : numbers(test)) all.push_back(number);
  CHECK_FALSE(std::ranges::is_sorted(all));
  std::ranges::sort(all);
  CHECK(all == numbers(numbered(50)));
  for (const data::Dataset& part : {train, test}) {
    for (std::int64_t j = 0; j < part.examples(); ++j)
      REQUIRE(part.y.at({j}) == static_cast<double>(static_cast<std::int64_t>(part.x.at({0, j})) % 3));
    CHECK(part.feature_names.size() == 1);
    CHECK(part.class_names.size() == 3);
  }
}

TEST_CASE("One seed always gives the same split, another seed another one") {
  const auto first = numbers(data::split(numbered(40), {.seed = 1}).test);
  CHECK(numbers(data::split(numbered(40), {.seed = 1}).test) == first);
  CHECK(numbers(data::split(numbered(40), {.seed = 2}).test) != first);
}

TEST_CASE("The test set is rounded, has at least one example and never all") {
  CHECK(data::split(numbered(7), {.test_fraction = 0.5}).test.examples() == 4);  // 3.5 away from zero
  CHECK(data::split(numbered(10), {.test_fraction = 1e-9}).test.examples() == 1);
  CHECK(data::split(numbered(10), {.test_fraction = 0.9999}).test.examples() == 9);
  CHECK(data::split(numbered(2), {.test_fraction = 0.2}).train.examples() == 1);
}

TEST_CASE("Without shuffle the last examples are the test set, and nothing is copied") {
  const data::Dataset all = numbered(10);
  const auto [train, test] = data::split(all, {.test_fraction = 0.2, .shuffle = false});
  CHECK(numbers(test) == std::vector<double>{8.0, 9.0});
  CHECK(numbers(train).size() == 8);
  CHECK(train.x.storage() == all.x.storage());
  CHECK(test.y.storage() == all.y.storage());
}

TEST_CASE("A stratified split has every class in proportion") {
  // 60 zeros, 30 ones, 10 twos.
  Tensor y = Tensor::empty({100}, DType::i32);
  for (std::int64_t j = 0; j < 100; ++j) y.set({j}, j < 60 ? 0 : j < 90 ? 1 : 2);
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    const auto [train, test] =
        data::split({Tensor::zeros({1, 100}), y}, {.test_fraction = 0.2, .seed = seed, .stratify = true});
    CHECK(count_labels(test.y) == std::map<double, int>{{0.0, 12}, {1.0, 6}, {2.0, 2}});
    CHECK(count_labels(train.y) == std::map<double, int>{{0.0, 48}, {1.0, 24}, {2.0, 8}});
  }
}

TEST_CASE("A stratified test set has its exact size where proportions do not come out even") {
  // Shares of 3 of 10: 2.1, 0.6 and 0.3; the one left over goes to the largest rest.
  const Tensor y = Tensor::from({5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 7.0, 7.0, -1.0}, {1, 10});
  const auto [train, test] = data::split({Tensor::zeros({1, 10}), y}, {.test_fraction = 0.3, .stratify = true});
  CHECK(count_labels(test.y) == std::map<double, int>{{5.0, 2}, {7.0, 1}});
  CHECK(count_labels(train.y) == std::map<double, int>{{-1.0, 1}, {5.0, 5}, {7.0, 1}});
}

TEST_CASE("A stratified split is in random order too, and counts all NaN as one class") {
  const auto [train, test] = data::split(numbered(60), {.test_fraction = 0.5, .seed = 9, .stratify = true});
  CHECK_FALSE(std::ranges::is_sorted(numbers(train)));
  CHECK_FALSE(std::ranges::is_sorted(numbers(test)));

  const double nan = std::numeric_limits<double>::quiet_NaN();
  const Tensor y = Tensor::from({nan, 1.0, nan, 1.0}, {4});
  const auto halves = data::split({Tensor::zeros({1, 4}), y}, {.test_fraction = 0.5, .stratify = true});
  REQUIRE(halves.test.examples() == 2);
  CHECK((halves.test.y.at({0}) == 1.0) != (halves.test.y.at({1}) == 1.0));
}

TEST_CASE("split refuses fractions that are not between 0 and 1, naming the fraction") {
  for (const double fraction : {0.0, 1.0, -0.1, 1.5, std::numeric_limits<double>::quiet_NaN()}) {
    CAPTURE(fraction);
    CHECK_THROWS_AS(data::split(numbered(10), {.test_fraction = fraction}), ValueError);
  }
  CHECK_THROWS_WITH(data::split(numbered(10), {.test_fraction = 1.5}),
                    ContainsSubstring("split: test_fraction must be above 0 and below 1, got 1.5\n"
                                      "  x: (1, 10)\n  y: (10)\n  at split_test.cpp:"));
}

TEST_CASE("split refuses fewer than two examples, and x and y of different lengths") {
  CHECK_THROWS_AS(data::split(numbered(1)), ValueError);
  CHECK_THROWS_WITH(data::split(numbered(1)), ContainsSubstring("split: there must be at least two examples, got 1"));
  CHECK_THROWS_AS(data::split({Tensor::zeros({1, 4}), Tensor::zeros({1, 3})}), ShapeError);
  CHECK_THROWS_WITH(data::split({Tensor::zeros({1, 4}), Tensor::zeros({1, 3})}),
                    ContainsSubstring("split: x and y must have the same number of examples, got 4 and 3"));
}

TEST_CASE("A stratified split must shuffle and needs one label an example") {
  CHECK_THROWS_AS(data::split(numbered(10), {.shuffle = false, .stratify = true}), ValueError);
  CHECK_THROWS_WITH(data::split(numbered(10), {.shuffle = false, .stratify = true}),
                    ContainsSubstring("split: stratify needs shuffle, which is false"));
  const data::Dataset two{Tensor::zeros({1, 4}), Tensor::zeros({2, 4})};
  CHECK_THROWS_AS(data::split(two, {.stratify = true}), ValueError);
  CHECK_THROWS_WITH(data::split(two, {.stratify = true}),
                    ContainsSubstring("split: stratify needs one label or number an example, got 8 for 4"));
}
