// What load_csv makes of good files.
#include "csv_helpers.hpp"

using namespace capstan;
using test::all;
using test::load;
using test::Names;
using test::row;

TEST_CASE("Numbers become rows of X, one example a column, and the last column is the target") {
  const data::Dataset set = load("a,b,price\n1,2.5,10\n-3,4e2,20\n");
  REQUIRE(set.x.shape() == Shape{2, 2});
  CHECK(set.x.dtype() == DType::f32);
  CHECK(row(set.x, 0) == std::vector{1.0, -3.0});
  CHECK(row(set.x, 1) == std::vector{2.5, 400.0});
  REQUIRE(set.y.shape() == Shape{1, 2});
  CHECK(set.y.dtype() == DType::f32);
  CHECK(all(set.y) == std::vector{10.0, 20.0});
  CHECK(set.feature_names == Names{"a", "b"});
  CHECK(set.class_names.empty());
  CHECK(set.x.transpose().is_contiguous());
}

TEST_CASE("In f64 numbers are exact") {
  const data::Dataset set = load("a,y\n0.1,1e300\n", {.dtype = DType::f64});
  CHECK(set.x.dtype() == DType::f64);
  CHECK(set.x.at({0, 0}) == 0.1);
  CHECK(set.y.dtype() == DType::f64);
  CHECK(set.y.item() == 1e300);
}

TEST_CASE("Numbers may have a sign, no digit before or after the point, an exponent, and spaces around them") {
  const data::Dataset set = load("a,y\n+1,0\n .5,0\n5. ,0\n\t-1.5E+3,0\n1e-400,0\n-0.0,0\n0e999999999999,0\n");
  CHECK(row(set.x, 0) == std::vector{1.0, 0.5, 5.0, -1500.0, 0.0, 0.0, 0.0});
}

TEST_CASE("Numbers below what f64 holds are 0 however they are written") {
  const std::string zeros(400, '0');
  const data::Dataset set = load("a,y\n0." + zeros + "1,0\n-1" + zeros + "e-900,0\n1e-99999999999999999999,0\n");
  CHECK(row(set.x, 0) == std::vector{0.0, 0.0, 0.0});
}

TEST_CASE("Categories become a row of zeros and ones each, numbers by value, then text by bytes") {
  const data::Dataset set = load("color,y\nred,1\nBlue,2\n10,3\n9,4\nred,5\n", {.categorical = "color"});
  CHECK(set.feature_names == Names{"color=9", "color=10", "color=Blue", "color=red"});
  CHECK(row(set.x, 0) == std::vector{0.0, 0.0, 0.0, 1.0, 0.0});
  CHECK(row(set.x, 1) == std::vector{0.0, 0.0, 1.0, 0.0, 0.0});
  CHECK(row(set.x, 2) == std::vector{0.0, 1.0, 0.0, 0.0, 0.0});
  CHECK(row(set.x, 3) == std::vector{1.0, 0.0, 0.0, 0.0, 1.0});
}

TEST_CASE("The rows of X do not depend on the order of the examples") {
  const Names first = load("c,y\nb,1\na,2\nc,3\n").feature_names;
  CHECK(load("c,y\nc,3\nb,1\na,2\n").feature_names == first);
}

TEST_CASE("A column that is categorical by the options holds text and numbers") {
  const data::Dataset set = load("c,y\nx,1\n7,2\n", {.categorical = "c"});
  CHECK(set.feature_names == Names{"c=7", "c=x"});
}

TEST_CASE("inf and nan are no numbers") {
  CHECK(load("c,y\ninf,1\n-Infinity,2\n", {.categorical = "c"}).feature_names == Names{"c=-Infinity", "c=inf"});
  CHECK(load("c,y\nNAN,1\n", {.categorical = "c", .missing_values = {}}).feature_names == Names{"c=NAN"});
}

TEST_CASE("Quoted fields hold delimiters, doubled quotes and line ends") {
  const data::Dataset set =
      load("\"a,\"\"b\"\"\",y\n\"one, two\",1\n\"say \"\"hi\"\"\",2\n\"two\r\nlines\",3\n\"\"\"\",4\n");
  CHECK(set.feature_names == Names{"a,\"b\"=\"", "a,\"b\"=one, two", "a,\"b\"=say \"hi\"", "a,\"b\"=two\r\nlines"});
  CHECK(all(set.y) == std::vector{1.0, 2.0, 3.0, 4.0});
}

TEST_CASE("Quoted numbers are numbers") { CHECK(load("a,y\n\"1.5\",\"2\"\n").x.item() == 1.5); }

TEST_CASE("Lines end in LF, CRLF or CR, the last one in nothing at all if it likes") {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    for (const std::string& last : {std::string{}, end, end + end}) {
      const data::Dataset set = load("a,y" + end + end + "1,2" + end + "3,4" + last);
      CHECK(set.feature_names == Names{"a"});
      CHECK(row(set.x, 0) == std::vector{1.0, 3.0});
      CHECK(all(set.y) == std::vector{2.0, 4.0});
    }
  }
}

TEST_CASE("A byte order mark is passed over, in front of quotes too") {
  CHECK(load("\xEF\xBB\xBF\"a\",y\n1,2\n").feature_names == Names{"a"});
}

TEST_CASE("A compressed file is told by its content") {
  const data::Dataset set = load(test::gzip("a,y\n1,2\n"));
  CHECK(set.x.item() == 1.0);
  CHECK(set.y.item() == 2.0);
}

TEST_CASE("A file longer than one piece is read whole") {
  std::string content = "a,y\n";
  for (int i = 0; i < 40'000; ++i) content += std::to_string(i) + "," + std::to_string(i % 7) + "\n";
  for (const std::string& file : {content, test::gzip(content)}) {
    const data::Dataset set = load(file);
    REQUIRE(set.examples() == 40'000);
    for (std::int64_t i = 0; i < 40'000; ++i) REQUIRE(set.x.at({0, i}) == static_cast<double>(i));
  }
}

TEST_CASE("Columns are named by position too, negative ones from the end") {
  const data::Dataset set = load("a,b,c,d\n1,2,3,4\n", {.target = 0, .ignore = {"c", -1}});
  CHECK(set.feature_names == Names{"b"});
  CHECK(set.y.item() == 1.0);
}

TEST_CASE("Several targets are rows of Y in the order of the option") {
  const data::Dataset set = load("a,b,c\n1,2,3\n4,5,6\n", {.target = {"c", "a"}});
  REQUIRE(set.y.shape() == Shape{2, 2});
  CHECK(row(set.y, 0) == std::vector{3.0, 6.0});
  CHECK(row(set.y, 1) == std::vector{1.0, 4.0});
  CHECK(row(set.x, 0) == std::vector{2.0, 5.0});
}

TEST_CASE("Without a target Y has no rows, and with nothing else X has none") {
  const data::Dataset set = load("a,b\n1,2\n3,4\n", {.target = {}});
  CHECK(set.y.shape() == Shape{0, 2});
  CHECK(set.x.shape() == Shape{2, 2});
  CHECK(load("a,y\n1,1\n2,2\n", {.ignore = "a"}).x.shape() == Shape{0, 2});
}

TEST_CASE("Ignored columns may hold anything") {
  const data::Dataset set = load("id,a,y\nNA,1,2\n\"x\ny\",3,4\n7,5,6\n", {.ignore = "id", .max_categories = 1});
  CHECK(row(set.x, 0) == std::vector{1.0, 3.0, 5.0});
}

TEST_CASE("Without a header the first line is an example and columns are x0, x1, …") {
  const data::Dataset set = load("1,2,3\n4,5,6\n", {.target = "x1", .header = data::Header::none});
  CHECK(set.feature_names == Names{"x0", "x2"});
  CHECK(all(set.y) == std::vector{2.0, 5.0});
}

TEST_CASE("Lines in front of the header are skipped, whatever is in them") {
  CHECK(load("about \"this\" file\n\na,y\n1,2\n", {.skip_lines = 2}).x.item() == 1.0);
}

TEST_CASE("Another delimiter leaves commas alone") {
  const data::Dataset set = load("a;y\n1,5;2\n3,5;4\n", {.delimiter = ';', .categorical = "a"});
  CHECK(set.feature_names == Names{"a=1,5", "a=3,5"});
  CHECK(load("a\ty\n 1\t2\n", {.delimiter = '\t'}).x.item() == 1.0);
}

TEST_CASE("A target of text becomes labels, its classes sorted") {
  const data::Dataset set = load("a,y\n1,yes\n2,no\n3,yes\n");
  REQUIRE(set.y.shape() == Shape{3});
  CHECK(set.y.dtype() == DType::i32);
  CHECK(all(set.y) == std::vector{1.0, 0.0, 1.0});
  CHECK(set.class_names == Names{"no", "yes"});
}

TEST_CASE("Classes that are given fix the labels, those that do not occur included") {
  const data::Dataset set = load("a,y\n1,yes\n2,no\n", {.classes = {"maybe", "yes", "no"}});
  CHECK(all(set.y) == std::vector{1.0, 2.0});
  CHECK(set.class_names == Names{"maybe", "yes", "no"});
}

TEST_CASE("A target of numbers becomes labels if asked for, sorted by value") {
  for (const data::CsvOptions& options :
       {data::CsvOptions{.target_kind = data::TargetKind::labels}, data::CsvOptions{.categorical = "y"},
        data::CsvOptions{.classes = {"2", "10"}}}) {
    const data::Dataset set = load("a,y\n1,10\n2,2\n3, 10\n", options);
    CHECK(set.y.dtype() == DType::i32);
    CHECK(all(set.y) == std::vector{1.0, 0.0, 1.0});
    CHECK(set.class_names == Names{"2", "10"});
  }
}

TEST_CASE("A class counts as its position where numbers are asked for") {
  const data::Dataset set =
      load("a,y\n1,yes\n2,no\n", {.target_kind = data::TargetKind::numbers, .classes = {"no", "yes"}});
  REQUIRE(set.y.shape() == Shape{1, 2});
  CHECK(set.y.dtype() == DType::f32);
  CHECK(all(set.y) == std::vector{1.0, 0.0});
}

TEST_CASE("A first line of counts names the classes, and the column holds their positions") {
  const std::string content = "3,2,malignant,benign\n1,2,0\n3,4,1\n5,6,1\n";
  const data::Dataset set = load(content, {.header = data::Header::counts});
  CHECK(set.feature_names == Names{"x0", "x1"});
  CHECK(set.class_names == Names{"malignant", "benign"});
  CHECK(set.y.dtype() == DType::i32);
  CHECK(all(set.y) == std::vector{0.0, 1.0, 1.0});
  const data::Dataset numbers =
      load(content, {.header = data::Header::counts, .target_kind = data::TargetKind::numbers});
  REQUIRE(numbers.y.shape() == Shape{1, 3});
  CHECK(all(numbers.y) == std::vector{0.0, 1.0, 1.0});
  CHECK(load("1,1\n2,0.5\n", {.header = data::Header::counts}).y.item() == 0.5);
}

TEST_CASE("Rows with a missing value are left out, of categories and of the mean too") {
  const data::Dataset set = load("a,c,id,y\n1,x,NA,1\nNA,z,,2\n3, ,,3\n4,x,,?\n5,w,,5\n",
                                 {.ignore = "id", .missing = data::Missing::drop_row});
  CHECK(set.feature_names == Names{"a", "c=w", "c=x"});
  CHECK(row(set.x, 0) == std::vector{1.0, 5.0});
  CHECK(all(set.y) == std::vector{1.0, 5.0});
}

TEST_CASE("Missing numbers are filled with the mean, categories with the most frequent one") {
  const data::Dataset set =
      load("a,c,y\n1,x,1\nNA,,2\n4,z,3\n\"\",z,4\n", {.missing = data::Missing::fill, .dtype = DType::f64});
  CHECK(set.feature_names == Names{"a", "c=x", "c=z"});
  CHECK(row(set.x, 0) == std::vector{1.0, 2.5, 4.0, 2.5});
  CHECK(row(set.x, 1) == std::vector{1.0, 0.0, 0.0, 0.0});
  CHECK(row(set.x, 2) == std::vector{0.0, 1.0, 1.0, 1.0});
}

TEST_CASE("Where categories are equally frequent the first one fills") {
  const data::Dataset set = load("c,y\nb,1\na,2\nNA,3\n", {.missing = data::Missing::fill});
  CHECK(row(set.x, 0) == std::vector{0.0, 1.0, 1.0});
}

TEST_CASE("The mean that fills does not overflow") {
  const data::Dataset set =
      load("a,y\n1.7e308,1\n1.7e308,2\n,3\n", {.missing = data::Missing::fill, .dtype = DType::f64});
  CHECK(set.x.at({0, 2}) == Approx(1.7e308));
  const data::Dataset apart =
      load("a,y\n-1.7e308,1\n1.7e308,2\n,3\n", {.missing = data::Missing::fill, .dtype = DType::f64});
  CHECK(apart.x.at({0, 2}) == 0.0);
}

TEST_CASE("An indicator says which values were missing, in columns where one was") {
  const data::Dataset set =
      load("a,b,c,y\n1,1,x,1\n,2,,2\n3,3,y,3\n", {.missing = data::Missing::fill, .missing_indicator = true});
  CHECK(set.feature_names == Names{"a", "a=missing", "b", "c=x", "c=y", "c=missing"});
  CHECK(row(set.x, 1) == std::vector{0.0, 1.0, 0.0});
  CHECK(row(set.x, 2) == std::vector{1.0, 2.0, 3.0});
  CHECK(row(set.x, 3) == std::vector{1.0, 1.0, 0.0});
  CHECK(row(set.x, 5) == std::vector{0.0, 1.0, 0.0});
}

TEST_CASE("What counts as missing can be said, spaces around it left out") {
  const data::Dataset set =
      load("a,c,y\n1,NA,1\n -9 ,NA,2\n", {.missing = data::Missing::drop_row, .missing_values = {"-9"}});
  CHECK(set.feature_names == Names{"a", "c=NA"});
  CHECK(set.examples() == 1);
}
