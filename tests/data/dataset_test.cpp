#include <capstan/data/dataset.hpp>

#include <array>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using Positions = std::vector<std::int64_t>;

namespace {

data::Dataset four() {
  return {Tensor::from({1.0, 2.0, 3.0, 4.0, 10.0, 20.0, 30.0, 40.0}, {2, 4}),
          Tensor::from({0, 1, 0, 1}, {4}),
          {"a", "b"},
          {"no", "yes"}};
}

}  // namespace

TEST_CASE("take copies the examples at the positions in their order, with the names") {
  const data::Dataset taken = data::take(four(), Positions{3, 0, 3});
  REQUIRE(taken.x.shape() == Shape{2, 3});
  CHECK(taken.x.at({0, 0}) == 4.0);
  CHECK(taken.x.at({1, 0}) == 40.0);
  CHECK(taken.x.at({0, 1}) == 1.0);
  CHECK(taken.x.at({1, 2}) == 40.0);
  CHECK(taken.x.dtype() == DType::f64);
  REQUIRE(taken.y.shape() == Shape{3});
  CHECK(taken.y.at({0}) == 1.0);
  CHECK(taken.y.at({1}) == 0.0);
  CHECK(taken.y.dtype() == DType::i32);
  CHECK(taken.feature_names == std::vector<std::string>{"a", "b"});
  CHECK(taken.class_names == std::vector<std::string>{"no", "yes"});
}

TEST_CASE("take copies examples one after the other, into memory of their own") {
  const data::Dataset all = four();
  data::Dataset taken = data::take(all, Positions{1, 2});
  CHECK(taken.x.transpose().is_contiguous());
  CHECK(taken.x.storage() != all.x.storage());
  taken.x.set({0, 0}, 7.0);
  CHECK(all.x.at({0, 1}) == 2.0);
}

TEST_CASE("take follows the strides of x, whatever its rank") {
  Tensor images = Tensor::empty({2, 3, 4, 5}, DType::f32);
  float next = 0.0f;
  for (float& element : images.mutable_data<float>()) element = next++;
  const std::array<std::int64_t, 4> axes{3, 1, 2, 0};  // (5, 3, 4, 2): the two examples last, nothing in one piece
  const Tensor x = images.transpose(axes);
  const Tensor y = Tensor::from({5.0f, 6.0f, 7.0f, 8.0f}, {2, 2});
  const data::Dataset taken = data::take({x, y}, Positions{1, 0, 1});
  REQUIRE(taken.x.shape() == Shape{5, 3, 4, 3});
  for (std::int64_t i = 0; i < 5; ++i)
    for (std::int64_t j = 0; j < 3; ++j)
      for (std::int64_t k = 0; k < 4; ++k) {
        REQUIRE(taken.x.at({i, j, k, 0}) == x.at({i, j, k, 1}));
        REQUIRE(taken.x.at({i, j, k, 1}) == x.at({i, j, k, 0}));
      }
  CHECK(taken.y.at({1, 0}) == 8.0);
  CHECK(taken.y.at({1, 1}) == 7.0);
}

TEST_CASE("take may take nothing, and examples without features") {
  CHECK(data::take(four(), Positions{}).x.shape() == Shape{2, 0});
  const data::Dataset bare{Tensor::zeros({0, 3}), Tensor::from({1, 2, 3}, {3})};
  const data::Dataset taken = data::take(bare, Positions{2});
  CHECK(taken.x.shape() == Shape{0, 1});
  CHECK(taken.y.item() == 3.0);
}

TEST_CASE("take refuses positions outside the data set, naming the position and both shapes") {
  for (const std::int64_t position : {std::int64_t{-1}, std::int64_t{4}}) {
    CAPTURE(position);
    CHECK_THROWS_AS(data::take(four(), Positions{0, position}), IndexError);
    CHECK_THROWS_WITH(data::take(four(), Positions{0, position}),
                      ContainsSubstring("take: positions must be in [0, 4), got " + std::to_string(position)) &&
                          ContainsSubstring("\n  x: (2, 4)\n  y: (4)\n  at dataset_test.cpp:"));
  }
}

TEST_CASE("x and y must have the same number of examples") {
  const data::Dataset uneven{Tensor::zeros({2, 4}), Tensor::zeros({1, 3})};
  CHECK_THROWS_AS(data::check(uneven, "fit"), ShapeError);
  CHECK_THROWS_WITH(data::check(uneven, "fit"),
                    ContainsSubstring("fit: x and y must have the same number of examples, got 4 and 3\n"
                                      "  x: (2, 4)\n  y: (1, 3)\n  at dataset_test.cpp:"));
  CHECK_THROWS_WITH(data::take(uneven, Positions{}), ContainsSubstring("take: x and y must have the same number"));
  CHECK_NOTHROW(data::check(four(), "fit"));
}

TEST_CASE("A tensor without an axis has no examples") {
  const data::Dataset bare{Tensor::scalar(1.0), Tensor::scalar(1.0)};
  CHECK(bare.examples() == 0);
  CHECK_THROWS_AS(data::check(bare, "fit"), ShapeError);
  CHECK_THROWS_WITH(data::check(bare, "fit"),
                    ContainsSubstring("fit: x and y must have the examples on their last axis, got no axis at all"));
}

TEST_CASE("Features or classes of other names are refused, with the first difference") {
  const data::Dataset train = four();
  data::Dataset other = four();
  const auto message = [&](const data::Dataset& set) -> std::string {
    try {
      data::check_names(train, set, "test", "compare");
    } catch (const ValueError& error) {
      return error.what();
    }
    return "";
  };
  CHECK(message(other).empty());
  other.feature_names = {"a", "c"};
  CHECK_THAT(message(other),
             ContainsSubstring("compare: train and test must have the same features, row 1 of x is \"b\" in train and "
                               "\"c\" in test\n  train: x (2, 4), y (4)\n  test: x (2, 4), y (4)\n"
                               "  at dataset_test.cpp:"));
  other.feature_names = {"b", "a"};
  CHECK_THAT(message(other), ContainsSubstring("row 0 of x is \"a\" in train and \"b\" in test"));
  other = four();
  other.class_names = {"no", "maybe", "yes"};
  CHECK_THAT(message(other), ContainsSubstring("compare: train and test must have the same classes, label 1 is \"yes\" "
                                               "in train and \"maybe\" in test\n"));
  other.class_names = {"no"};
  CHECK_THAT(message(other), ContainsSubstring("label 1 is \"yes\" in train and nothing in test\n"));
}

TEST_CASE("Names are compared where both sets have them for their rows") {
  const data::Dataset train = four();
  data::Dataset other = four();
  other.feature_names = {};
  other.class_names = {};
  CHECK_NOTHROW(data::check_names(train, other, "test", "compare"));
  CHECK_NOTHROW(data::check_names(other, train, "test", "compare"));
  other.feature_names = {"p", "q", "r"};  // left behind when x was cut
  CHECK_NOTHROW(data::check_names(train, other, "test", "compare"));
  other.x = Tensor::zeros({3, 4});
  CHECK_THROWS_AS(data::check_names(train, other, "test", "compare"), ValueError);
}
