// Memory that a file may make necessary, and numbers that a dtype can hold.
#include "csv_helpers.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using test::load;
using test::refusal;

namespace {

std::string repeat(const std::string& text, int times) {
  std::string result;
  for (int i = 0; i < times; ++i) result += text;
  return result;
}

}  // namespace

TEST_CASE("Columns take memory within max_bytes, and are refused before they take more") {
  const std::string commas(1'000'000, ',');
  const data::CsvOptions options{.max_bytes = 4'000'000};
  for (const std::string& content : {commas + "\n" + commas + "\n", commas, "\"" + commas + "\"" + commas}) {
    CHECK(refusal(content, options) ==
          "1000001 columns would take more than max_bytes = 4000000 bytes beside the text @ line 1");
    CHECK(refusal(test::gzip(content), options) ==
          "1000001 columns would take more than max_bytes = 4000000 bytes beside the text @ line 1");
  }
  CHECK_THAT(refusal("1\n" + commas, {.header = data::Header::none, .max_bytes = 4'000'000}),
             ContainsSubstring("the file has one column"));
  CHECK(refusal(commas + "\n", {.header = data::Header::none, .delimiter = ',', .max_bytes = 4'000'000}) ==
        "1000001 columns would take more than max_bytes = 4000000 bytes beside the text @ line 1");
  CHECK(refusal("1,1" + commas + "\n1,2\n", {.header = data::Header::counts, .max_bytes = 4'000'000}) ==
        "1000002 classes would take more than max_bytes = 4000000 bytes beside the text @ line 1");
}

TEST_CASE("A row that is much longer than the first one is only counted") {
  const std::string content = "a,y\n1," + std::string(3'000'000, ',');
  CHECK(refusal(content, {.max_bytes = 4'000'000}) ==
        "a row must have 2 fields like the first one, got 3000002 @ line 2");
  CHECK(refusal("a,y\n" + repeat("\"\"\"\",", 500'000)) ==
        "a row must have 2 fields like the first one, got 500001 @ line 2");
}

TEST_CASE("Categories and the names of features take memory within max_bytes") {
  std::string content = "c,y\n";
  for (int i = 0; i < 20'000; ++i) content += "c" + std::to_string(i) + ",1\n";
  const data::CsvOptions options{.categorical = "c", .max_categories = 1'000'000, .max_bytes = 1'500'000};
  CHECK_THAT(refusal(content, options),
             ContainsSubstring("the categories would take more than max_bytes = 1500000 bytes beside the text @ line"));
  std::string long_name = std::string(100'000, 'n') + ",y\n";
  for (int i = 0; i < 1000; ++i) long_name += std::to_string(i) + ",1\n";
  CHECK(refusal(long_name, {.categorical = 0, .max_bytes = 40'000'000}) ==
        "the names of the features would take more than max_bytes = 40000000 bytes beside the text");
}

TEST_CASE("Small files need little, whatever max_bytes is") {
  CHECK(load("a,y\n1,2\n", {.max_bytes = 8}).examples() == 1);
  const std::string header = repeat("a,", 500) + "y\n", row = repeat("1,", 500) + "2\n";
  CHECK(load(header + row, {.max_bytes = 2100}).x.shape() == Shape{500, 1});
}

TEST_CASE("Many columns within the limit are read") {
  const std::string header = repeat("a,", 5000) + "y\n", row = repeat("1,", 5000) + "2\n";
  const data::Dataset set = load(header + row + row);
  REQUIRE(set.x.shape() == Shape{5000, 2});
  CHECK(set.x.at({4999, 1}) == 1.0);
  CHECK(load(row + row, {.header = data::Header::none}).x.shape() == Shape{5000, 2});
}

TEST_CASE("An integer that the dtype cannot hold exactly is refused, and says so") {
  CHECK(refusal("a,y\n16777217,2\n") ==
        "f32 cannot hold the integer \"16777217\" exactly, above 16777216 it has gaps; `dtype = DType::f64` holds "
        "more @ line 2, column \"a\"");
  CHECK_THAT(refusal("a,y\n1,-16777217.0\n"), ContainsSubstring("f32 cannot hold the integer \"-16777217.0\""));
  CHECK_THAT(refusal("a;y\n16.777.217;1\n", {.decimal = ',', .thousands = '.'}),
             ContainsSubstring("f32 cannot hold the integer \"16.777.217\""));
  CHECK(refusal("a,y\n9007199254740993,2\n", {.dtype = DType::f64}) ==
        "f64 cannot hold the integer \"9007199254740993\" exactly, above 9007199254740992 it has gaps; `ignore` "
        "leaves the column out @ line 2, column \"a\"");
  CHECK_THAT(refusal("a,y\n123456789012345678901234567890,2\n", {.dtype = DType::f64}),
             ContainsSubstring("f64 cannot hold the integer"));
}

TEST_CASE("Integers that the dtype holds exactly are read, and so are numbers that are not written as integers") {
  for (const std::string fine :
       {"16777216", "-16777216", "16777218", "20000000", "16777217.5", "1.6777217e7", "1e30"}) {
    CAPTURE(fine);
    CHECK(load("a,y\n" + fine + ",2\n").x.shape() == Shape{1, 1});
  }
  CHECK(load("a,y\n16777217,2\n", {.dtype = DType::f64}).x.item() == 16777217.0);
  for (const std::string fine : {"9007199254740992", "9007199254740994", "-9007199254740992.00"}) {
    CAPTURE(fine);
    CHECK(load("a,y\n" + fine + ",2\n", {.dtype = DType::f64}).x.shape() == Shape{1, 1});
  }
  CHECK(load("a,y\n16777217,2\n16777218,2\n", {.categorical = "a"}).x.shape()[0] == 2);
}
