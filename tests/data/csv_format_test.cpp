// How fields and numbers may be written: delimiters, decimal comma, thousands, spaces, comment lines.
#include "csv_helpers.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using test::all;
using test::load;
using test::Names;
using test::refusal;
using test::row;
using test::warnings;

TEST_CASE("Semicolons and tabs are found out from the first lines, and that is said") {
  for (const std::string d : {";", "\t"}) {
    CAPTURE(d);
    const std::string content = "a" + d + "b" + d + "y\n1" + d + "2" + d + "0\n3" + d + "4" + d + "1\n";
    const data::Dataset set = load(content);
    CHECK(set.feature_names == Names{"a", "b"});
    CHECK(row(set.x, 1) == std::vector{2.0, 4.0});
    CHECK(all(set.y) == std::vector{0.0, 1.0});
    CHECK(warnings(content) == Names{"`delimiter` is not given, the first lines are divided at " +
                                     std::string(d == "\t" ? "a tab" : "\";\"") + " @ line 1"});
    CHECK(warnings(content, {.delimiter = d[0]}).empty());
  }
  CHECK(warnings("a,y\n1,2\n").empty());
}

TEST_CASE("Quoted text, comments and skipped lines do not decide the delimiter") {
  CHECK(load("\"a,b\";y\n\"1,2\n3,\";2\n", {.categorical = 0}).feature_names == Names{"a,b=1,2\n3,"});
  CHECK(load("a\tb\tc\n#;\na;y\n1;2\n", {.skip_lines = 1, .comment = '#'}).x.item() == 1.0);
  CHECK(load("\"a;b\",y\n\"p;q\",2\n").feature_names == Names{"a;b=p;q"});
}

TEST_CASE("The first line of counts may have another number of fields than the examples") {
  const data::Dataset set = load("2;2;p;q\n1;2;0\n3;4;1\n", {.header = data::Header::counts});
  CHECK(set.x.shape() == Shape{2, 2});
  CHECK(set.class_names == Names{"p", "q"});
}

TEST_CASE("First lines that two delimiters divide alike are refused") {
  CHECK(refusal("1,5;2,5\n3,5;4,5\n", {.header = data::Header::none}) ==
        "the first lines can be divided at \",\" or at \";\" alike; set `delimiter` @ line 1");
  CHECK(load("1,5;2,5\n3,5;4,5\n", {.header = data::Header::none, .decimal = ','}).x.at({0, 1}) == 3.5);
}

TEST_CASE("A delimiter that does not occur in each line equally often is none") {
  CHECK(refusal("a;b;y\n1;2;3\n4;5\n") ==
        "the file has one column, so there is no feature beside the target; "
        "`delimiter = ';'` divides the line in 3 @ line 1");
  CHECK_THAT(refusal("a,b,y\n1,2,3\n4;5,6\n"), ContainsSubstring("a row must have 3 fields"));
}

TEST_CASE("A wrong delimiter leaves one column, which is refused with the one that seems right") {
  const auto refuses = [](const std::string& d, const std::string& shown, char delimiter) {
    CAPTURE(d);
    CHECK(refusal("a" + d + "b" + d + "y\n1" + d + "2" + d + "0\n", {.delimiter = delimiter}) ==
          "the file has one column, so there is no feature beside the target; `delimiter = '" + shown +
              "'` divides the line in 3 @ line 1");
  };
  refuses(";", ";", ',');
  refuses("\t", "\\t", ',');
  refuses(",", ",", ';');
  refuses("|", "|", '\0');
  refuses(" ", " ", '\0');
  CHECK(refusal("1;2\n", {.target = {}, .header = data::Header::none, .delimiter = ','}) ==
        "the file has one column; `delimiter = ';'` divides the line in 2 @ line 1");
  CHECK(refusal("y\n1\n2\n") ==
        "the file has one column, so there is no feature beside the target; `target = {}` reads it as a feature @ "
        "line 1");
  CHECK(load("a b\n1\n2\n", {.target = {}}).feature_names == Names{"a b"});
}

TEST_CASE("A space as delimiter means runs of spaces and tabs, at the ends of a line too") {
  const data::Dataset set =
      load("  a  b\ty \n\n 1   2 \t 3\n4 5 6  \n   \n\"x y\" 7 8", {.delimiter = ' ', .categorical = "a"});
  CHECK(set.feature_names == Names{"a=1", "a=4", "a=x y", "b"});
  CHECK(row(set.x, 3) == std::vector{2.0, 5.0, 7.0});
  CHECK(all(set.y) == std::vector{3.0, 6.0, 8.0});
  CHECK(refusal("a b y\n1  3\n", {.delimiter = ' '}) == "a row must have 3 fields like the first one, got 2 @ line 2");
  CHECK(refusal("a y\n\"x\"1 3\n", {.delimiter = ' '}) ==
        "quotes are out of place: after the closing ones the field goes on @ line 2");
}

TEST_CASE("Spaces around fields do not count, in names, categories and quotes") {
  const data::Dataset set = load(" a , c ,y \n1, no ,2\n3,no\t,4\n5, \"no\" ,6\n7,\" no \",8\n", {.target = "y"});
  CHECK(set.feature_names == Names{"a", "c=no"});
  CHECK(all(set.y) == std::vector{2.0, 4.0, 6.0, 8.0});
  CHECK(load("a, \"x, y\" ,z\n1,2,3\n").feature_names == Names{"a", "x, y"});
  CHECK(load("a\ty\n\t2\n1\t3\n", {.delimiter = '\t', .missing = data::Missing::drop_row}).x.item() == 1.0);
}

TEST_CASE("A line of spaces is empty, as far as they divide nothing") {
  CHECK(load("a,y\n  \n1,2\n \t\n").examples() == 1);
  CHECK(refusal("a\ty\n1\t2\n\t\n", {.delimiter = '\t'}) ==
        "a value is missing (\"\"); set `missing` to drop_row or fill @ line 3, column \"a\"");
}

TEST_CASE("A decimal comma is read if the option says so") {
  const data::Dataset set = load("a;y\n20,1;-,5\n-3;1e3\n", {.decimal = ','});
  CHECK(row(set.x, 0) == std::vector{static_cast<double>(20.1f), -3.0});
  CHECK(all(set.y) == std::vector{-0.5, 1000.0});
  CHECK(load("a,y\n\"1,5\",2\n", {.decimal = ','}).x.item() == 1.5);
  CHECK(refusal("a;y\n1,5;2\n1.5;2\n", {.decimal = ','}) ==
        "the column contains numbers, got \"1.5\" (a number with a decimal point: `decimal = '.'`); list a missing "
        "value in `missing_values`, or the column in `categorical` @ line 3, column \"a\"");
}

TEST_CASE("Thousands are read if the option says so, in groups of three alone") {
  const data::Dataset set =
      load("a;y\n1.234;1\n-1.234.567,25;2\n12;3\n1234567;4\n", {.decimal = ',', .thousands = '.', .dtype = DType::f64});
  CHECK(row(set.x, 0) == std::vector{1234.0, -1234567.25, 12.0, 1234567.0});
  CHECK(load("a,y\n\"1,234\",2\n", {.thousands = ','}).x.item() == 1234.0);
  CHECK(load("a;y\n1 234;2\n", {.delimiter = ';', .thousands = ' '}).x.item() == 1234.0);
  for (const std::string wrong : {"1,23", "12,34,567", ",123", "1234,567", "1,,234", "1,234,", "1,2345", "1.2,345"}) {
    CAPTURE(wrong);
    CHECK_THAT(refusal("a,y\n1,2\n\"" + wrong + "\",3\n", {.thousands = ','}),
               ContainsSubstring("the column contains numbers, got \"" + wrong));
  }
}

TEST_CASE("Lines that begin with the comment character are passed over, and counted") {
  const std::string content = "# about\na,y\n  # more, \"more\n1,2\n#\n3,#4\n# end";
  CHECK(refusal(content, {.comment = '#'}) ==
        "the column contains numbers, got \"#4\"; list a missing value in `missing_values`, or the column in "
        "`categorical` @ line 6, column \"y\"");
  const data::Dataset set = load("%\na,y\n1,2\n%x\n3,4\n", {.comment = '%'});
  CHECK(row(set.x, 0) == std::vector{1.0, 3.0});
}

TEST_CASE("Characters of the format must not be taken for one another") {
  using test::refusal;
  const auto value_error = [](const data::CsvOptions& options) { return refusal<ValueError>("a,y\n1,2\n", options); };
  for (const char wrong : {'\0', '5', '-', 'e', '"', '\n'})
    CHECK(value_error({.decimal = wrong}) ==
          "decimal must be a character that stands nowhere else in a number, as '.' or ','");
  for (const char wrong : {'.', '5', '+', 'E', '"', '\r'})
    CHECK(value_error({.thousands = wrong}) ==
          "thousands must be 0 or a character that stands nowhere else in a number");
  for (const char wrong : {'"', '\n', '\r'})
    CHECK(value_error({.comment = wrong}) == "comment must be neither a quote nor a line end");
  CHECK(value_error({.header = data::Header::none, .delimiter = ',', .decimal = ','}) ==
        "delimiter ',' divides numbers too, and no header tells how many fields a line has");
  CHECK(value_error({.header = data::Header::none, .thousands = ','}) ==
        "delimiter ',' divides numbers too, and no header tells how many fields a line has");
}
