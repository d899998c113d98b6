// Categories and classes that are numbers: what counts as one, and codes in place of zeros and ones.
#include "csv_helpers.hpp"

#include "csv_number.hpp"

using namespace capstan;
using test::all;
using test::load;
using test::Names;
using test::refusal;
using test::row;
using test::warnings;

TEST_CASE("A number that is written in several ways is one class and one category") {
  const data::Dataset set = load("c,x,y\n1,1,1\n1.0,2,1.0\n2,3,0\n2.0,4,01\n+1,5,0.0\n1e0,6,-0\n",
                                 {.target_kind = data::TargetKind::labels, .categorical = "c"});
  CHECK(set.class_names == Names{"0", "1"});
  CHECK(all(set.y) == std::vector{1.0, 1.0, 0.0, 1.0, 0.0, 0.0});
  CHECK(set.feature_names == Names{"c=1", "c=2", "x"});
  CHECK(row(set.x, 0) == std::vector{1.0, 1.0, 0.0, 0.0, 1.0, 1.0});
}

TEST_CASE("The names of numbers do not depend on how the file writes them") {
  CHECK(load("a,y\n1,2.50\n2,01e1\n", {.categorical = "y"}).class_names == Names{"2.5", "10"});
  CHECK(load("a;y\n1;2,50\n2;1.000\n", {.decimal = ',', .thousands = '.', .categorical = "y"}).class_names ==
        Names{"2.5", "1000"});
}

TEST_CASE("The shortest way to write a number is exact") {
  using data::csv::canonical_number;
  for (const auto& [text, shortest] : {std::pair{"1", "1"},
                                       {"01", "1"},
                                       {"+1", "1"},
                                       {"1.", "1"},
                                       {"1.0", "1"},
                                       {"1e0", "1"},
                                       {"10e-1", "1"},
                                       {"-0", "0"},
                                       {"0.0", "0"},
                                       {"0e5", "0"},
                                       {".5", "0.5"},
                                       {"-00.50", "-0.5"},
                                       {"1e3", "1000"},
                                       {"1E-3", "0.001"},
                                       {"12.5e1", "125"},
                                       {"123456789012345678901", "123456789012345678901"},
                                       {"1e300", "1e300"},
                                       {"1200e300", "1.2e303"},
                                       {"0.00000012", "1.2e-7"},
                                       {"9007199254740993.0", "9007199254740993"},
                                       {"1e99999999999999999999", "1e99999999999999999999"}}) {
    CAPTURE(text);
    CHECK(canonical_number(text) == std::string{shortest});
  }
  for (const std::string wrong : {"", "x", "1x", "inf", "0x1", "1,5"}) CHECK(!canonical_number(wrong));
}

TEST_CASE("Numbers that f64 cannot tell apart are two categories") {
  CHECK(load("a,y\n1,9007199254740992\n2,9007199254740993\n", {.categorical = "y"}).class_names.size() == 2);
}

TEST_CASE("Classes that are given are found however the file writes them, if all are numbers") {
  const data::CsvOptions numbers{.classes = {"1.0", "0"}}, mixed{.classes = {"1.0", "0", "x"}};
  const data::Dataset set = load("a,y\n1,1\n2,0.0\n3,01\n", numbers);
  CHECK(all(set.y) == std::vector{0.0, 1.0, 0.0});
  CHECK(set.class_names == Names{"1.0", "0"});
  CHECK(refusal("a,y\n1,2\n", numbers) ==
        "the class \"2\" is not known, the classes are \"1.0\", \"0\" @ line 2, column \"y\"");
  CHECK(refusal("a,y\n1,1\n", mixed) ==
        "the class \"1\" is not known, the classes are \"1.0\", \"0\", \"x\" @ line 2, column \"y\"");
  CHECK(refusal<ValueError>("a,y\n1,1\n", {.classes = {"1", "1.0"}}) == "the class \"1\" is given twice");
}

TEST_CASE("Beside text every way to write a number is a category of its own, which is warned of") {
  const data::CsvOptions options{.categorical = "c"};
  const std::string content = "c,y\n1,1\n1.0,2\nx,3\n";
  CHECK(load(content, options).feature_names == Names{"c=1", "c=1.0", "c=x"});
  CHECK(warnings(content, options) ==
        Names{"\"1.0\" is written in two ways and counts as two categories, since others are no numbers @ column "
              "\"c\""});
  CHECK(warnings("c,y\n1,1\n2.0,2\nx,3\n", options).empty());
}

TEST_CASE("Equal numbers count once among the categories, and fill together") {
  CHECK(load("c,y\n1,1\n1.0,2\n01,3\n2,4\n", {.categorical = "c", .max_categories = 2}).x.shape()[0] == 2);
  CHECK(refusal("c,y\n1,1\n1.0,2\n2,3\n3,4\n", {.categorical = "c", .max_categories = 2}) ==
        "there are more than max_categories = 2 categories, the next is \"3\" @ line 5, column \"c\"");
  const data::Dataset set =
      load("c,y\n1,1\n2,2\n2,3\n1.0,4\n01,5\n,6\n", {.categorical = "c", .missing = data::Missing::fill});
  CHECK(row(set.x, 0) == std::vector{1.0, 0.0, 0.0, 1.0, 1.0, 1.0});
}

TEST_CASE("Categories become codes in one row if asked for") {
  const data::Dataset set = load("c,x,y\nred,1,0\nblue,2,1\nred,3,0\n,4,1\n",
                                 {.codes = "c", .missing = data::Missing::fill, .missing_indicator = true});
  CHECK(set.feature_names == Names{"c", "c=missing", "x"});
  CHECK(row(set.x, 0) == std::vector{1.0, 0.0, 1.0, 1.0});
  CHECK(row(set.x, 1) == std::vector{0.0, 0.0, 0.0, 1.0});
  CHECK(row(set.x, 2) == std::vector{1.0, 2.0, 3.0, 4.0});
  CHECK((*set.columns)[0].content == data::FileColumn::Content::codes);
  CHECK((*set.columns)[0].categories == Names{"blue", "red"});
  CHECK(row(load("c,y\n7,1\n5,2\n7.0,3\n", {.codes = 0}).x, 0) == std::vector{1.0, 0.0, 1.0});
}

TEST_CASE("A set knows the columns of its file") {
  const data::Dataset set = load("id,c,x,y\n1,p,2,no\n2,q,4,yes\n", {.ignore = "id"});
  const data::FileColumns& columns = *set.columns;
  REQUIRE(columns.size() == 4);
  CHECK(columns[0].use == data::FileColumn::Use::ignored);
  CHECK(columns[1].content == data::FileColumn::Content::one_hot);
  CHECK(columns[1].row == 0);
  CHECK(columns[2].content == data::FileColumn::Content::numbers);
  CHECK(columns[2].row == 2);
  CHECK(columns[2].fill == 3.0);
  CHECK(columns[3].use == data::FileColumn::Use::target);
  CHECK(columns[3].categories == Names{"no", "yes"});
  CHECK(columns[3].labels);
}
