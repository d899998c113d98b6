// What has the form of a CSV file, and is hardly what somebody meant.
#include "csv_helpers.hpp"

#include "csv_notation.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using test::load;
using test::Names;
using test::refusal;
using test::warnings;

namespace {

constexpr const char* settle = "`categorical` makes categories of them, `ignore` leaves the column out";

std::string quoted(const std::string& text) { return "\"" + text + "\""; }

// A file of one column beside the target; the second value comes twice.
std::string column_of(const std::string& first, const std::string& second) {
  return "v,y\n" + quoted(first) + ",0\n" + quoted(second) + ",1\n" + quoted(second) + ",1\n";
}

}  // namespace

TEST_CASE("A column of numbers in another notation is refused, with the option that reads it") {
  CHECK(refusal("v;y\n20,1;0\n20,2;1\n20,2;1\n") ==
        "\"20,1\" is a number with a decimal comma, which is not read as a number; `decimal = ','`; " +
            std::string{settle} + " @ line 2, column \"v\"");
  CHECK(refusal("v,y\n12%,0\n7%,1\n7%,1\n") ==
        "\"12%\" is a number with a percent sign, which is not read as a number; " + std::string{settle} +
            " @ line 2, column \"v\"");
  for (const auto& [first, second, says] :
       {std::tuple{"1,234,567", "2,345,678", "`thousands = ','`"},
        {"1,234", "2,345", "`decimal = ','` or `thousands = ','`"},
        {"1.234,5", "2.345,6", "`decimal = ','` with `thousands = '.'`"},
        {"1'234.5", "2'345", "`thousands = '\\''`"},
        {"1 234", "2 345", "`thousands = ' '`"},
        {"1_000", "2_000", "`thousands = '_'`"},
        {"12,34,567", "1,00,000", "`thousands = ','`"},
        {"0x1F", "-0X2a", "another base"},
        {"0b101", "0o17", "another base"},
        {"0x1.8p3", "0x1p-2", "another base"},
        {"1.5D+03", "2d0", "Fortran's exponent"},
        {"$12.50", "-$7", "a currency"},
        {"1,200 €", "7,50 €", "a currency"},
        {"EUR 12", "12 USD", "a currency"},
        {"50 %", "7.5‰", "a percent sign"},
        {"(12)", "(7.5)", "in brackets"},
        {"12-", "7-", "a sign behind it"},
        {"'12'", "'7'", "other quotes"},
        {"- 5", "- 7", "a space behind its sign"},
        {"\u221212", "\u22127", "characters other than ASCII"},
        {"١٢", "٣", "characters other than ASCII"},
        {"1\u00A0234", "2\u202F345", "`thousands = ' '`"},
        {"1;2,5", "3;4,5", "several numbers, which is not read as a number; `delimiter = ';'`"},
        {"1\t2", "3\t4", "`delimiter = '\\t'`"},
        {"inf", "-Infinity", "`missing_values` can name it"},
        {"1.#INF", "NAN", "no finite number"}}) {
    CAPTURE(first, second);
    const std::string content = column_of(first, second);
    CHECK_THAT(refusal(content), ContainsSubstring(std::string{"which is not read as a number; "}) &&
                                     ContainsSubstring(says) && ContainsSubstring(settle) &&
                                     ContainsSubstring("@ line 2, column \"v\""));
    CHECK(load(content, {.categorical = "v"}).x.shape() == Shape{2, 3});
    CHECK(load(content, {.ignore = "v"}).x.shape() == Shape{0, 3});
  }
}

TEST_CASE("A target of numbers in another notation is refused as well") {
  CHECK_THAT(refusal("a,y\n1,12%\n2,7%\n"),
             ContainsSubstring("a percent sign") && ContainsSubstring("line 2, column \"y\""));
  CHECK(load("a,y\n1,12%\n2,7%\n", {.target_kind = data::TargetKind::labels}).class_names.size() == 2);
}

TEST_CASE("One text beside many numbers in another notation does not hide them") {
  CHECK_THAT(refusal("v,y\nunknown,0\n12%,1\n7%,1\n7%,1\n"), ContainsSubstring("\"12%\" is a number with a percent"));
  CHECK(load("v,y\nunknown,0\n12%,1\nnone,1\nnone,1\n").x.shape()[0] == 3);
}

TEST_CASE("Numbers of both notations are refused where the other one begins, with the option") {
  CHECK(refusal("v,y\n1,0\n\"1,234\",1\n\"2,345\",1\n") ==
        "the column contains numbers, got \"1,234\" (a number with a comma: `decimal = ','` or `thousands = ','`); "
        "list a missing value in `missing_values`, or the column in `categorical` @ line 3, column \"v\"");
  CHECK(refusal("v,y\n1,0\n1,1D3\n") ==
        "the column contains numbers, got \"1D3\" (a number with Fortran's exponent); list a missing value in "
        "`missing_values`, or the column in `categorical` @ line 3, column \"y\"");
}

TEST_CASE("Too many categories in another notation are refused with the option") {
  CHECK(refusal("v;y\n1,5;0\n2,5;0\n3,5;0\n", {.max_categories = 2}) ==
        "there are more than max_categories = 2 categories, the next is \"3,5\" (a number with a decimal comma: "
        "`decimal = ','`) @ line 4, column \"v\"");
}

TEST_CASE("Text that only resembles a number is in no notation") {
  for (const std::string text :
       {"",         "x",     "%",     "$",   "-",  "()",  "18-24", "2024-01-01", "12:30", "1/2",  "5 kg",
        "2XL",      "1.2.3", "M12",   "10+", "<5", "1e",  "0x",    "0xG",        "d5",    "1d",   "12 34",
        "infinite", "nano",  "1,2,3", "1'2", "1;", "1;x", "|",     "..",         "USD",   "\xFF", "\xC2"}) {
    CAPTURE(text);
    CHECK(!data::csv::notation_of(text, {}));
  }
  CHECK(!data::csv::notation_of("12", {}));
  CHECK(!data::csv::notation_of(std::string(1000, '$') + "1", {}));
}

TEST_CASE("Categories that all begin with a number are warned of") {
  for (const std::string age : {"18-24", "<5", "10+", "5 kg", "12:30", "1/2"}) {
    CAPTURE(age);
    CHECK(warnings("v,y\n" + age + ",0\n" + age + ",1\n", {}) ==
          Names{"the values begin with numbers, the first is \"" + age +
                "\"; they become categories, and `categorical` says that this is meant @ line 2, column \"v\""});
    CHECK(warnings("v,y\n" + age + ",0\n" + age + ",1\n", {.categorical = "v"}).empty());
  }
  CHECK(warnings("v,y\n18-24,0\nolder,1\nolder,1\n").empty());
}

TEST_CASE("Dates that differ in every row are refused") {
  CHECK(refusal("date,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,4\n") ==
        "each of the 3 values is another text, the first is \"2024-01-01\"; a name, an identifier or a date is no "
        "category: " +
            std::string{settle} + " @ line 2, column \"date\"");
  CHECK(load("date,y\n2024-01-01,1\n2024-01-02,2\n2024-01-03,4\n", {.categorical = 0}).x.shape()[0] == 3);
}

TEST_CASE("A text that differs in every row is refused, or warned of where there are few rows") {
  std::string content = "name,y\n";
  for (char c = 'a'; c < 'a' + 9; ++c) content += std::string{"Mr "} + c + ",1\n";
  const std::string few =
      "each of the 9 values is another text, the first is \"Mr a\"; they become categories, and "
      "`categorical` says that this is meant @ line 2, column \"name\"";
  CHECK(warnings(content) == Names{few});
  CHECK(warnings(content, {.categorical = "name"}).empty());
  content += "Mr z,1\n";
  CHECK_THAT(refusal(content), ContainsSubstring("each of the 10 values is another text, the first is \"Mr a\"; a "
                                                 "name, an identifier"));
  CHECK(load(content, {.ignore = "name"}).examples() == 10);
  CHECK(warnings(content + "Mr z,1\n") ==
        Names{"the 11 values are 10 different texts, the first is \"Mr a\"; they become categories, and "
              "`categorical` says that this is meant @ line 2, column \"name\""});
  CHECK(warnings("c,y\nno,1\nyes,2\n").empty());
}

TEST_CASE("A target that differs in every row is refused as well") {
  std::string content = "a,y\n";
  for (char c = 'a'; c < 'a' + 10; ++c) content += std::string{"1,Mr "} + c + "\n";
  CHECK_THAT(refusal(content),
             ContainsSubstring("each of the 10 values is another text") && ContainsSubstring("column \"y\""));
}

TEST_CASE("A header of numbers alone is refused") {
  CHECK(refusal("5.1,3.5,0\n4.9,3.0,0\n7.0,3.2,1\n") ==
        "the header holds numbers alone, the first column is named \"5.1\", so it could be an example: `header = "
        "Header::none` reads it as one, and with `skip_lines = 1` passes over it @ line 1");
  CHECK_THAT(refusal(",0,1\n0,5,6\n"), ContainsSubstring("the header holds numbers alone"));
  CHECK(load("5.1,3.5,0\n4.9,3.0,0\n", {.header = data::Header::none}).examples() == 2);
  CHECK(load("\n0,1,2\n4.9,3.0,0\n", {.header = data::Header::none, .skip_lines = 2}).examples() == 1);
  CHECK(load("0,1,2\n4.9,3.0,0\n", {.target = "2"}).feature_names == Names{"0", "1"});
  CHECK(load("0,1,y\n4.9,3.0,0\n").feature_names == Names{"0", "1"});
}

TEST_CASE("A header whose names are values of their columns is refused") {
  CHECK(refusal("5.1,3.5,setosa\n4.9,3.0,setosa\n7.0,3.2,versicolor\n") ==
        "the header could be an example, all its names are values of their columns; `header = Header::none` reads it "
        "as one, and if it is a header, `target` by its name says so @ column \"5.1\"");
  CHECK_THAT(refusal("p,x\np,x\ne,s\n"), ContainsSubstring("the header could be an example"));
  CHECK(load("p,x\np,x\ne,s\n", {.target = "x"}).examples() == 2);
  CHECK(load("5.1,3.5,species\n4.9,3.0,setosa\n7.0,3.2,versicolor\n").examples() == 2);
}

TEST_CASE("Warnings go to the function of the options, or nowhere") {
  const test::Folder folder;
  const auto file = folder.write("file.csv", "a;y\n1;2\n");
  std::string said;
  (void)data::load_csv(file, {.warn = [&](std::string_view message) { said = message; }});
  CHECK_THAT(said, ContainsSubstring("load_csv: `delimiter` is not given, the first lines are divided at \";\"\n"
                                     "  file: \"") &&
                       ContainsSubstring("file.csv\", line 1\n  at csv_suspect_test.cpp:"));
  CHECK(data::load_csv(file, {.warn = {}}).examples() == 1);
}
