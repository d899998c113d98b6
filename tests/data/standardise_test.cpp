#include <capstan/data/standardise.hpp>

#include <cmath>
#include <limits>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

TEST_CASE("fit measures the mean and the standard deviation of each row, dividing by m") {
  const auto scale = data::Standardiser::fit(Tensor::from({1.0, 2.0, 3.0, 4.0, -5.0, -5.0, 5.0, 5.0}, {2, 4}));
  REQUIRE(scale.mean.shape() == Shape{2, 1});
  REQUIRE(scale.stddev.shape() == Shape{2, 1});
  CHECK(scale.mean.dtype() == DType::f64);
  CHECK(scale.mean.at({0, 0}) == 2.5);
  CHECK(scale.stddev.at({0, 0}) == Approx(std::sqrt(1.25)).epsilon(1e-15));
  CHECK(scale.mean.at({1, 0}) == 0.0);
  CHECK(scale.stddev.at({1, 0}) == 5.0);
}

TEST_CASE("A standardised row has mean 0 and standard deviation 1, and keeps its dtype") {
  Rng rng{4};
  for (const DType dtype : {DType::f32, DType::f64}) {
    data::Dataset train{Tensor::normal({3, 500}, rng, {.mean = 1e4, .stddev = 2.0, .dtype = dtype}),
                        Tensor::zeros({1, 500})};
    const Tensor before = train.x.copy(), held = train.x;
    (void)data::standardise(train);
    CHECK(train.x.dtype() == dtype);
    CHECK(held.at({2, 3}) == before.at({2, 3}));  // the old tensor is not written
    const auto again = data::Standardiser::fit(train.x);
    for (std::int64_t i = 0; i < 3; ++i) {
      CHECK(std::fabs(again.mean.at({i, 0})) < (dtype == DType::f64 ? 1e-11 : 1e-6));
      CHECK(again.stddev.at({i, 0}) == Approx(1.0).epsilon(dtype == DType::f64 ? 1e-11 : 1e-6));
    }
  }
}

TEST_CASE("standardise fits on the training set alone and applies to the others") {
  const Tensor y = Tensor::zeros({1, 2});
  data::Dataset train{Tensor::from({0.0, 2.0}, {1, 2}), y}, test{Tensor::from({4.0, 6.0}, {1, 2}), y};
  data::Dataset validation{Tensor::from({1.0, 1.0}, {1, 2}), y};
  const data::Standardiser scale = data::standardise(train, validation, test);
  CHECK(scale.mean.item() == 1.0);
  CHECK(scale.stddev.item() == 1.0);
  CHECK(train.x.at({0, 0}) == -1.0);
  CHECK(validation.x.at({0, 1}) == 0.0);
  CHECK(test.x.at({0, 0}) == 3.0);
  CHECK(test.x.at({0, 1}) == 5.0);
}

TEST_CASE("A constant row becomes exactly 0, whatever the constant") {
  for (const double constant : {0.1, 1e300, -3.0e-310, 0.0}) {
    CAPTURE(constant);
    data::Dataset train{Tensor::full({1, 1000}, constant, DType::f64), Tensor::zeros({1, 1000})};
    const auto scale = data::standardise(train);
    CHECK(scale.stddev.item() == 1.0);
    CHECK(scale.mean.item() == constant);
    CHECK(train.x.at({0, 999}) == 0.0);
  }
}

TEST_CASE("invert undoes apply") {
  Rng rng{8};
  const Tensor x = Tensor::normal({2, 20}, rng, {.mean = 3.0, .stddev = 10.0, .dtype = DType::f64});
  const auto scale = data::Standardiser::fit(x);
  const Tensor back = scale.invert(scale.apply(x));
  for (std::int64_t i = 0; i < 2; ++i)
    for (std::int64_t j = 0; j < 20; ++j) REQUIRE(back.at({i, j}) == Approx(x.at({i, j})).epsilon(1e-14));
}

TEST_CASE("standardise gives the same for every layout of x, with the examples one after the other") {
  Rng rng{15};
  const Tensor rows = Tensor::normal({3, 40}, rng, {.mean = 0.3});
  const Tensor columns = rows.transpose().copy().transpose();
  const auto a = data::Standardiser::fit(rows), b = data::Standardiser::fit(columns);
  const Tensor applied = a.apply(rows);
  CHECK(applied.transpose().is_contiguous());
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(a.mean.at({i, 0}) == b.mean.at({i, 0}));
    CHECK(a.stddev.at({i, 0}) == b.stddev.at({i, 0}));
    CHECK(applied.at({i, 7}) == b.apply(columns).at({i, 7}));
  }
}

TEST_CASE("apply takes data sets without examples, and leaves NaN as it is") {
  const auto scale = data::Standardiser::fit(Tensor::from({0.0, 2.0}, {1, 2}));
  CHECK(scale.apply(Tensor::zeros({1, 0})).shape() == Shape{1, 0});
  CHECK(std::isnan(scale.apply(Tensor::full({1, 1}, std::nan(""))).item()));
}

TEST_CASE("fit refuses values that are not finite, naming the row and the example") {
  Tensor x = Tensor::zeros({3, 4});
  x.set({2, 1}, std::numeric_limits<double>::infinity());
  CHECK_THROWS_AS(data::Standardiser::fit(x), ValueError);
  CHECK_THROWS_WITH(data::Standardiser::fit(x),
                    ContainsSubstring("standardise: values must be finite, row 2 of x has inf at example 1\n"
                                      "  x: (3, 4) of f32\n  at standardise_test.cpp:"));
  x.set({2, 1}, std::nan(""));
  CHECK_THROWS_WITH(data::Standardiser::fit(x), ContainsSubstring("row 2 of x has nan at example 1"));
}

TEST_CASE("Squares of distances neither overflow nor vanish, and nor do the distances") {
  for (const double size : {1.7e308, 1e200, 1.3e154, 1e-140, 1e-154, 1e-162, 1e-200, 1e-300}) {
    CAPTURE(size);
    const Tensor x = Tensor::from({size, -size, -size, 0.0, 1.0, 2.0}, {2, 3});
    const auto scale = data::Standardiser::fit(x);
    CHECK(scale.mean.at({0, 0}) == Approx(-size / 3.0).epsilon(1e-15));
    CHECK(scale.stddev.at({0, 0}) == Approx(std::sqrt(8.0) / 3.0 * size).epsilon(1e-15));
    CHECK(scale.stddev.at({1, 0}) == Approx(std::sqrt(2.0 / 3.0)).epsilon(1e-15));
    const Tensor applied = scale.apply(x), back = scale.invert(applied);
    CHECK(applied.at({0, 0}) == Approx(std::sqrt(2.0)).epsilon(1e-14));
    CHECK(applied.at({0, 1}) == Approx(-std::sqrt(0.5)).epsilon(1e-14));
    for (std::int64_t j = 0; j < 3; ++j) CHECK(back.at({0, j}) == Approx(x.at({0, j})).epsilon(1e-14));
  }
}

TEST_CASE("A small spread around a large mean is measured by itself, and a constant is one however large") {
  const auto narrow = data::Standardiser::fit(Tensor::from({1e-170 + 1e-184, 1e-170 - 1e-184}, {1, 2}));
  CHECK(narrow.mean.item() == Approx(1e-170).epsilon(1e-15));
  CHECK(narrow.stddev.item() == Approx(1e-184).epsilon(0.01));
  for (const double constant : {1.7e308, -1e200, 1e-200, 5e-324, 0.0}) {
    const auto scale = data::Standardiser::fit(Tensor::full({1, 7}, constant, DType::f64));
    CHECK(scale.mean.item() == constant);
    CHECK(scale.stddev.item() == 1.0);
  }
}

TEST_CASE("Standardiser::fit refuses tensors of another rank, of i32, and without examples") {
  CHECK_THROWS_AS(data::Standardiser::fit(Tensor::zeros({4})), ShapeError);
  CHECK_THROWS_WITH(data::Standardiser::fit(Tensor::zeros({4})),
                    ContainsSubstring("standardise: x must be (features, examples), got (4)"));
  CHECK_THROWS_AS(data::Standardiser::fit(Tensor::zeros({2, 2}, DType::i32)), DTypeError);
  CHECK_THROWS_WITH(data::Standardiser::fit(Tensor::zeros({2, 2}, DType::i32)),
                    ContainsSubstring("standardise: x must be f32 or f64, got i32"));
  CHECK_THROWS_AS(data::Standardiser::fit(Tensor::zeros({2, 0})), ValueError);
  CHECK_THROWS_WITH(data::Standardiser::fit(Tensor::zeros({2, 0})),
                    ContainsSubstring("standardise: there must be at least one example, got 0"));
}

TEST_CASE("apply and invert refuse another number of features, and integers") {
  const auto scale = data::Standardiser::fit(Tensor::from({0.0, 2.0}, {1, 2}));
  CHECK_THROWS_AS(scale.apply(Tensor::zeros({2, 2})), ShapeError);
  CHECK_THROWS_WITH(
      scale.apply(Tensor::zeros({2, 2})),
      ContainsSubstring("standardise: x must have as many features as mean and stddev, got 2 for 1 and 1\n"
                        "  x: (2, 2) of f32\n  at standardise_test.cpp:"));
  CHECK_THROWS_WITH(scale.invert(Tensor::zeros({2, 2})), ContainsSubstring("got 2 for 1 and 1"));
  CHECK_THROWS_AS(scale.apply(Tensor::zeros({1, 2}, DType::i32)), DTypeError);
}

TEST_CASE("Where one of several data sets is refused, none is changed and the user's line is named") {
  const Tensor y = Tensor::zeros({1, 2});
  data::Dataset train{Tensor::from({0.0, 2.0}, {1, 2}), y}, other{Tensor::from({4.0, 6.0}, {1, 2}), y};
  data::Dataset wrong{Tensor::zeros({2, 2}), y};
  CHECK_THROWS_AS(data::standardise(train, other, wrong), ShapeError);
  CHECK(train.x.at({0, 1}) == 2.0);
  CHECK(other.x.at({0, 1}) == 6.0);
  std::string text;
  const unsigned line = __LINE__ + 2;
  try {
    (void)data::standardise(train, wrong);
  } catch (const ShapeError& error) {
    text = error.what();
  }
  CHECK_THAT(text, ContainsSubstring("at standardise_test.cpp:" + std::to_string(line)));
}

TEST_CASE("Sets of other features are not standardised together, and none is changed") {
  const Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}), y = Tensor::zeros({1, 2});
  data::Dataset train{x, y, {"a", "b"}}, test{x, y, {"a", "c"}};
  CHECK_THROWS_AS(data::standardise(train, test), ValueError);
  CHECK_THROWS_WITH(data::standardise(train, test),
                    ContainsSubstring("standardise: train and another set must have the same features, row 1 of x is "
                                      "\"b\" in train and \"c\" in another set\n") &&
                        ContainsSubstring("at standardise_test.cpp:"));
  CHECK(train.x.at({0, 1}) == 2.0);
  CHECK(test.x.at({0, 1}) == 2.0);
  test.feature_names = {"a", "b"};
  CHECK(data::standardise(train, test).feature_names == train.feature_names);
  CHECK(train.x.at({0, 1}) == 1.0);
}

TEST_CASE("A standardiser of a data set knows its features when it meets another") {
  const Tensor x = Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2}), y = Tensor::zeros({1, 2});
  const auto scale = data::Standardiser::fit(data::Dataset{x, y, {"a", "b"}});
  const data::Dataset same = scale.apply(data::Dataset{x, y, {"a", "b"}, {"p"}});
  CHECK(same.x.at({0, 1}) == 1.0);
  CHECK(same.class_names == std::vector<std::string>{"p"});
  CHECK(scale.apply(data::Dataset{x, y}).x.at({0, 1}) == 1.0);
  CHECK_THROWS_AS(scale.apply(data::Dataset{x, y, {"b", "a"}}), ValueError);
  CHECK_THROWS_WITH(scale.apply(data::Dataset{x, y, {"b", "a"}}),
                    ContainsSubstring("standardise: features must be those that were measured, row 0 of x is \"b\" and "
                                      "was \"a\"\n  x: (2, 2) of f64\n  at standardise_test.cpp:"));
  CHECK(data::Standardiser::fit(data::Dataset{x, y, {"a"}}).feature_names.empty());
}
