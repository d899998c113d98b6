// The sets that come with the project (data/sets/README.md), and Fashion-MNIST where Debian's package puts it.
#include <algorithm>
#include <string>
#include <vector>

#include <capstan/data.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Names = std::vector<std::string>;

namespace {

const std::string sets = CAPSTAN_TEST_SETS;

std::int64_t count(const Tensor& labels, std::int32_t label) {
  return std::ranges::count(labels.data<std::int32_t>(), label);
}

bool has(const Names& names, const std::string& name) { return std::ranges::count(names, name) == 1; }

}  // namespace

TEST_CASE("Breast cancer: 569 examples of 30 numbers, 212 malignant and 357 benign") {
  const data::Dataset set = data::load_csv(sets + "/breast_cancer.csv.gz", {.header = data::Header::counts});
  CHECK(set.x.shape() == Shape{30, 569});
  CHECK(set.class_names == Names{"malignant", "benign"});
  CHECK(count(set.y, 0) == 212);
  CHECK(count(set.y, 1) == 357);
  CHECK(set.x.at({0, 0}) == static_cast<double>(17.99f));
  CHECK(set.x.at({29, 568}) == static_cast<double>(0.07039f));
}

TEST_CASE("Digits: 1,797 examples of 64 pixels up to 16, ten classes") {
  const data::Dataset set =
      data::load_csv(sets + "/digits.csv.gz", {.header = data::Header::none, .target_kind = data::TargetKind::labels});
  CHECK(set.x.shape() == Shape{64, 1797});
  CHECK(set.class_names == Names{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"});
  CHECK(count(set.y, 3) == 183);
  CHECK(count(set.y, 8) == 174);
  const auto pixels = set.x.transpose().data<float>();
  CHECK(std::ranges::max(pixels) == 16.0f);
  CHECK(std::ranges::min(pixels) == 0.0f);
}

TEST_CASE("Ames: 2,930 homes, 33 columns of numbers and 40 of categories beside the price") {
  const data::Dataset set = data::load_csv(sets + "/ames.csv.gz", {.target = "Sale_Price"});
  CHECK(set.examples() == 2930);
  CHECK(set.y.shape() == Shape{1, 2930});
  CHECK(set.y.at({0, 0}) == 215000.0);
  CHECK(has(set.feature_names, "Lot_Area"));
  CHECK(has(set.feature_names, "Neighborhood=North_Ames"));
  CHECK(static_cast<std::int64_t>(set.feature_names.size()) == set.x.shape()[0]);
  const auto is_category = [](const std::string& name) { return name.find('=') != std::string::npos; };
  const auto categories = std::ranges::count_if(set.feature_names, is_category);
  CHECK(static_cast<std::int64_t>(set.feature_names.size()) - categories == 33);
  // Every home is in exactly one category of each column of categories.
  for (const std::int64_t home : {0, 1234, 2929}) {
    std::int64_t ones = 0;
    for (std::size_t i = 0; i < set.feature_names.size(); ++i)
      if (is_category(set.feature_names[i]))
        ones += static_cast<std::int64_t>(set.x.at({static_cast<std::int64_t>(i), home}));
    CHECK(ones == 40);
  }
}

TEST_CASE("Telephone customers: 7,043, of whom 11 have no total charges") {
  const std::string file = sets + "/wa_churn.csv.gz";
  CHECK_THROWS_AS(data::load_csv(file, {.target = "churn"}), IoError);
  CHECK_THROWS_WITH(data::load_csv(file, {.target = "churn"}),
                    Catch::ContainsSubstring("load_csv: a value is missing (\"NA\")") &&
                        Catch::ContainsSubstring("line 490, column \"total_charges\""));
  const data::Dataset fewer = data::load_csv(file, {.target = "churn", .missing = data::Missing::drop_row});
  CHECK(fewer.examples() == 7032);
  const data::Dataset filled =
      data::load_csv(file, {.target = "churn", .missing = data::Missing::fill, .missing_indicator = true});
  CHECK(filled.examples() == 7043);
  CHECK(filled.class_names == Names{"No", "Yes"});
  CHECK(count(filled.y, 1) == 1869);
  CHECK(filled.feature_names.back() == "total_charges=missing");
  const std::int64_t last = filled.x.shape()[0] - 1;
  double missing = 0.0;
  for (std::int64_t j = 0; j < 7043; ++j) missing += filled.x.at({last, j});
  CHECK(missing == 11.0);
}

TEST_CASE("A data set keeps its examples together through split, standardise and batches") {
  const data::Dataset set = data::load_csv(sets + "/breast_cancer.csv.gz", {.header = data::Header::counts});
  auto [train, test] = data::split(set, {.test_fraction = 0.2, .seed = 1, .stratify = true});
  REQUIRE(train.examples() == 455);
  REQUIRE(test.examples() == 114);
  CHECK(count(test.y, 0) == 42);  // 212 · 114 / 569 = 42.47
  (void)data::standardise(train, test);
  const auto measured = data::Standardiser::fit(train.x);
  CHECK(measured.stddev.at({3, 0}) == Approx(1.0).epsilon(1e-5));
  std::int64_t seen = 0;
  for (const data::Batch& batch : data::batches(train, {.batch_size = 64, .shuffle = true, .seed = 1}))
    seen += batch.examples();
  CHECK(seen == 455);
}

TEST_CASE("Fashion-MNIST: 60,000 and 10,000 images of 784 pixels, ten classes of equal size") {
  const auto [train, test] = data::load_idx_directory("/usr/share/datasets/fashion-mnist", {.classes = 10});
  REQUIRE(train.x.shape() == Shape{784, 60'000});
  REQUIRE(train.y.shape() == Shape{60'000});
  REQUIRE(test.x.shape() == Shape{784, 10'000});
  REQUIRE(test.y.shape() == Shape{10'000});
  for (std::int32_t label = 0; label < 10; ++label) {
    CHECK(count(train.y, label) == 6000);
    CHECK(count(test.y, label) == 1000);
  }
  const auto pixels = train.x.transpose().data<float>();
  CHECK(std::ranges::max(pixels) == 1.0f);
  CHECK(std::ranges::min(pixels) == 0.0f);
  CHECK(train.y.at({0}) == 9.0);  // the first one is an ankle boot
  const Tensor bytes = data::load_idx("/usr/share/datasets/fashion-mnist/t10k-images-idx3-ubyte.gz");
  REQUIRE(bytes.shape() == Shape{10'000, 28, 28});
  for (std::int64_t pixel = 0; pixel < 784; ++pixel)
    REQUIRE(test.x.at({pixel, 77}) ==
            static_cast<double>(static_cast<float>(bytes.at({77, pixel / 28, pixel % 28})) / 255.0f));
}
