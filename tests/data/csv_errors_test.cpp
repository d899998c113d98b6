// What load_csv refuses, and in which words.
#include <string>

#include "csv_helpers.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

data::Dataset load(const std::string& content, const data::CsvOptions& options = {}) {
  return test::load(content, options);
}

// The message without the folder and the line of this file.
std::string shortened(std::string text) {
  const auto file = text.find("file: \"") + 7, name = text.find("file.csv\"");
  if (name < text.size()) text.erase(file, name - file);
  return text.substr(0, text.find(".cpp:") + 4);
}

template <class E = IoError>
std::string refusal(const std::string& content, const data::CsvOptions& options = {}) {
  CHECK_THROWS_AS(load(content, options), E);
  try {
    (void)load(content, options);
  } catch (const E& error) {
    return shortened(error.what());
  }
  return {};
}

// What a message says: the rule, and the place in the file.
std::string says(const std::string& rule, const std::string& at) {
  return "load_csv: " + rule + "\n  file: \"file.csv\"" + (at.empty() ? "" : ", " + at) + "\n  at csv_errors_test.cpp";
}

}  // namespace

TEST_CASE("load_csv refuses a file that is not there or is a folder") {
  CHECK_THROWS_AS(data::load_csv("no/such.csv"), IoError);
  CHECK_THROWS_WITH(data::load_csv("no/such.csv"),
                    ContainsSubstring("load_csv: the file cannot be opened: No such file or directory\n"
                                      "  file: \"no/such.csv\"\n  at csv_errors_test.cpp:"));
  CHECK_THROWS_WITH(data::load_csv("/tmp"), ContainsSubstring("load_csv: the file cannot be read: Is a directory"));
}

TEST_CASE("load_csv refuses empty files, and files without examples") {
  CHECK(refusal("") == says("the file is empty", ""));
  CHECK(refusal(test::gzip("")) == says("the file is empty", ""));
  CHECK(refusal("\n\r\n") == says("the file has no line that names the columns", ""));
  CHECK(refusal("\xEF\xBB\xBF") == says("the file has no line that names the columns", ""));
  CHECK(refusal("a,y\n") == says("the file has no examples", ""));
  CHECK(refusal("a,y\n1,2\n", {.skip_lines = 9}) == says("the file has no line that names the columns", ""));
  CHECK(refusal("\n", {.header = data::Header::none}) == says("the file has no examples", ""));
  CHECK(refusal("\n", {.header = data::Header::counts}) ==
        says("the file has no line that states the numbers of rows and features", ""));
  CHECK(refusal("0,1\n", {.header = data::Header::counts}) == says("the file has no examples", ""));
  CHECK(refusal("a,y\nNA,1\n", {.missing = data::Missing::drop_row}) ==
        says("no example is left: a value is missing in each one", ""));
}

TEST_CASE("load_csv refuses rows of different lengths, with both numbers and the line") {
  CHECK(refusal("a,b,y\n1,2,3\n\n4,5\n") == says("a row must have 3 fields like the first one, got 2", "line 4"));
  CHECK(refusal("a,y\n1,2,\n") == says("a row must have 2 fields like the first one, got 3", "line 2"));
  CHECK(refusal("1,2\n3\n", {.header = data::Header::none}) ==
        says("a row must have 2 fields like the first one, got 1", "line 2"));
}

TEST_CASE("Lines are counted through quoted line ends of every kind") {
  CHECK(refusal("a,y\n\"1\r\n2\r3\n4\",1\r\nx\n") ==
        says("a row must have 2 fields like the first one, got 1", "line 6"));
}

TEST_CASE("load_csv refuses quotes that are not closed, with the line where they open") {
  CHECK(refusal("a,y\n1,2\n\"x,3\n4,5\n") == says("quotes that open here are not closed", "line 3"));
  CHECK(refusal("\"") == says("quotes that open here are not closed", "line 1"));
  CHECK(refusal("a,y\n1,\"2\"\"") == says("quotes that open here are not closed", "line 2"));
}

TEST_CASE("load_csv refuses quotes out of place") {
  CHECK(refusal("a,y\n1,2\n3\"x\",4\n") ==
        says("quotes are out of place: a field that holds any begins and ends with quotes, and doubles those within",
             "line 3"));
  CHECK_THAT(refusal("a,y\n x \"x\",4\n"), ContainsSubstring("quotes are out of place: a field that holds any"));
  CHECK(refusal("a,y\n\"x\"y,4\n") ==
        says("quotes are out of place: after the closing ones the field goes on", "line 2"));
}

TEST_CASE("load_csv refuses text in a column of numbers, with line and column") {
  CHECK(refusal("a,y\n1,2\nabc,3\n") == says("the column contains numbers, got \"abc\"; list a missing value in "
                                             "`missing_values`, or the column in `categorical`",
                                             "line 3, column \"a\""));
  for (const std::string wrong :
       {"1,5", "0x10", "1e", "1..2", "--1", "+-1", "1 2", "inf", "nan(1)", "١", "1e5x", "-", "+"}) {
    CAPTURE(wrong);
    CHECK_THAT(refusal("a,y\n1,2\n\"" + wrong + "\",3\n"),
               ContainsSubstring("the column contains numbers, got \"" + wrong));
  }
  CHECK(refusal("a,y\n1,2\n3,x\n") == says("the column contains numbers, got \"x\"; list a missing value in "
                                           "`missing_values`, or the column in `categorical`",
                                           "line 3, column \"y\""));
  CHECK_THAT(refusal("a,y\n1,x\n", {.target_kind = data::TargetKind::numbers}),
             ContainsSubstring("the column contains numbers, got \"x\""));
  CHECK_THAT(refusal("a,b,y\n1,x,2\n", {.target = {1, 2}}), ContainsSubstring("line 2, column \"b\""));
}

TEST_CASE("load_csv refuses the odd one of a column that mixes numbers and text, wherever it stands") {
  const std::string numbers = "1,1\n2,1\n3,1\n", text = "a,1\nb,1\nc,1\n";
  const std::string odd_text =
      "the column contains numbers, got \"12O\"; list a missing value in `missing_values`, or the column in "
      "`categorical`";
  const std::string odd_number = "the column contains text, got \"12\"; list the column in `categorical`";
  CHECK(refusal("a,y\n12O,1\n" + numbers) == says(odd_text, "line 2, column \"a\""));
  CHECK(refusal("a,y\n1,1\n12O,1\n" + numbers) == says(odd_text, "line 3, column \"a\""));
  CHECK(refusal("a,y\n12,1\n" + text) == says(odd_number, "line 2, column \"a\""));
  CHECK(refusal("a,y\n" + text + "12,1\n") == says(odd_number, "line 5, column \"a\""));
  CHECK(refusal("a,y\nNA,1\n12O,1\n" + numbers, {.missing = data::Missing::fill}) ==
        says(odd_text, "line 3, column \"a\""));
  CHECK(refusal("a,y\n12O,1\n" + numbers, {.max_categories = 1}) == says(odd_text, "line 2, column \"a\""));
  CHECK(refusal("a,y\n1,12O\n" + numbers) == says(odd_text, "line 2, column \"y\""));
  CHECK(load("a,y\n12O,1\n" + numbers, {.categorical = "a"}).x.shape()[0] == 4);
  CHECK(load("a,y\n12O,1\n" + numbers, {.ignore = "a"}).x.shape()[0] == 0);
  CHECK(load("a,y\n1,12O\n" + numbers, {.target_kind = data::TargetKind::labels}).class_names.size() == 2);
}

TEST_CASE("load_csv refuses a NUL byte, with the line") {
  const std::string nul(1, '\0');
  CHECK(refusal("a,y\n1,2\r\n3" + nul + ",4\n") == says("there is a NUL byte, which no text holds", "line 3"));
  CHECK(refusal(nul + "a,y\n1,2\n") == says("there is a NUL byte, which no text holds", "line 1"));
}

TEST_CASE("load_csv refuses numbers that the dtype cannot hold") {
  CHECK(refusal("a,y\n1e39,2\n") == says("f32 cannot hold \"1e39\"", "line 2, column \"a\""));
  CHECK(refusal("a,y\n1,-1e39\n") == says("f32 cannot hold \"-1e39\"", "line 2, column \"y\""));
  CHECK(load("a,y\n1e39,2\n", {.dtype = DType::f64}).x.item() == 1e39);
  for (const std::string& huge : {std::string{"1e309"}, std::string{"-1e99999999999999999999"}, std::string(400, '9'),
                                  "0.001" + std::string(10, '0') + "e500", std::string(400, '9') + "e-10"}) {
    CAPTURE(huge);
    CHECK_THAT(refusal("a,y\n" + huge + ",2\n", {.dtype = DType::f64}), ContainsSubstring("f64 cannot hold \""));
  }
}

TEST_CASE("load_csv refuses a missing value unless it is told what to do, with line and column") {
  CHECK(refusal("a,y\n1,2\n NA ,3\n") ==
        says("a value is missing (\"NA\"); set `missing` to drop_row or fill", "line 3, column \"a\""));
  CHECK(refusal("a,y\n1,\n") ==
        says("a value is missing (\"\"); set `missing` to drop_row or fill", "line 2, column \"y\""));
}

TEST_CASE("A missing target is never filled") {
  CHECK(
      refusal("a,y\n,1\n1,?\n", {.missing = data::Missing::fill}) ==
      says("the target is missing (\"?\"), and targets are not filled; `missing_target = Missing::drop_row` leaves the "
           "example out",
           "line 3, column \"y\""));
}

TEST_CASE("A column without any value cannot be filled") {
  CHECK(refusal("a,b,y\n1,,1\n2,NA,2\n", {.missing = data::Missing::fill}) ==
        says("there is no value to fill the missing ones with", "column \"b\""));
  CHECK(refusal("a,b,y\n1,,1\n2,NA,2\n", {.categorical = "b", .missing = data::Missing::fill}) ==
        says("there is no value to fill the missing ones with", "column \"b\""));
}

TEST_CASE("load_csv refuses a class that is not known, and names those that are") {
  CHECK(refusal("a,y\n1,no\n2,maybe\n", {.classes = {"no", "yes"}}) ==
        says("the class \"maybe\" is not known, the classes are \"no\", \"yes\"", "line 3, column \"y\""));
}

TEST_CASE("Positions of classes must be among those that the first line names") {
  for (const std::string wrong : {"2", "-1", "0.5", "benign", "1e400"}) {
    CAPTURE(wrong);
    CHECK(refusal("2,1,malignant,benign\n1,0\n2," + wrong + "\n", {.header = data::Header::counts}) ==
          says("a class must be a whole number in [0, 2), got \"" + wrong + "\"", "line 3, column \"x1\""));
  }
}

TEST_CASE("The counts in the first line are checked") {
  const data::CsvOptions counts{.header = data::Header::counts};
  CHECK(refusal("3,1\n1,2\n3,4\n", counts) == says("the first line states 3 rows, the file has 2", ""));
  CHECK(refusal("1,1\n1,2\n3,4\n", counts) == says("the first line states 1 rows, the file has 2", ""));
  CHECK(refusal("2,2\n1,2\n3,4\n", counts) ==
        says("the first line states 2 features, so there must be 3 columns, got 2", "line 2"));
  for (const std::string wrong : {"a,b", "2", "-2,1", "2,x", "2.5,1", "99999999999999999999,1"}) {
    CAPTURE(wrong);
    CHECK(refusal(wrong + "\n1,2\n", counts) ==
          says("the first line must begin with the numbers of rows and features, got \"" + wrong + "\"", "line 1"));
  }
}

TEST_CASE("load_csv refuses columns that are not there, and lists those that are") {
  CHECK(refusal("a,y\n1,2\n", {.target = "price"}) ==
        says("there is no column \"price\", the columns are \"a\", \"y\"", "line 1"));
  CHECK(refusal("a,y\n1,2\n", {.ignore = 2}) == says("there is no column 2, the file has 2 columns", "line 1"));
  CHECK(refusal("a,y\n1,2\n", {.categorical = -3}) == says("there is no column -3, the file has 2 columns", "line 1"));
  CHECK(refusal("a,a,y\n1,2,3\n", {.ignore = "a"}) ==
        says("there are several columns \"a\"; name them by position", "line 1"));
  CHECK(load("a,a,y\n1,2,3\n").x.shape() == Shape{2, 1});
  std::string many;
  for (int i = 0; i < 25; ++i) many += "c" + std::to_string(i) + ",";
  CHECK_THAT(refusal(many + "y\n", {.target = "z"}), ContainsSubstring("\"c19\", …\n"));
}

TEST_CASE("load_csv refuses too many categories, as of an identifier") {
  CHECK(refusal("id,y\na,1\nb,2\nc,3\n", {.max_categories = 2}) ==
        says("there are more than max_categories = 2 categories, the next is \"c\"", "line 4, column \"id\""));
  CHECK_THAT(refusal("a,y\n1,p\n2,q\n", {.max_categories = 1}), ContainsSubstring("line 3, column \"y\""));
}

TEST_CASE("load_csv refuses more than max_bytes, in the file and in X") {
  CHECK(refusal("a,y\n1,2\n", {.max_bytes = 7}) == says("the file holds more than max_bytes = 7 bytes", ""));
  CHECK(load("a,y\n1,2\n", {.max_bytes = 8}).examples() == 1);
  CHECK(refusal(test::gzip("a,y\n" + std::string(1'000'000, '\n')), {.max_bytes = 1000}) ==
        says("the file holds more than max_bytes = 1000 bytes", ""));
  CHECK(refusal("c,y\np,1\nq,2\nr,3\ns,4\n", {.max_bytes = 63}) ==
        says("X would be (4, 4) and take more than max_bytes = 63 bytes", ""));
}

TEST_CASE("load_csv refuses a gzip file that is cut short") {
  const std::string whole = test::gzip("a,y\n1,2\n3,4\n");
  CHECK_THAT(refusal(whole.substr(0, whole.size() - 1)), ContainsSubstring("load_csv: the gzip stream is cut short"));
}

TEST_CASE("Options out of range are refused by name and value") {
  const std::string content = "a,y\n1,2\n";
  const auto value_error = [&](const data::CsvOptions& options) { return refusal<ValueError>(content, options); };
  CHECK(value_error({.skip_lines = -1}) == says("skip_lines must not be negative, got -1", ""));
  CHECK(value_error({.max_categories = 0}) == says("max_categories must be at least 1, got 0", ""));
  for (const char wrong : {'"', '\n', '\r'})
    CHECK(value_error({.delimiter = wrong}) == says("the delimiter must be neither a quote nor a line end", ""));
  CHECK(value_error({.missing_indicator = true}) == says("missing_indicator needs missing = Missing::fill", ""));
  CHECK(value_error({.classes = {"p", "q", "p"}}) == says("the class \"p\" is given twice", ""));
  CHECK(refusal<DTypeError>(content, {.dtype = DType::i32}) == says("dtype must be f32 or f64, got i32", ""));
}

TEST_CASE("Options at odds with each other or with the file are refused") {
  const std::string content = "a,y\n1,2\n";
  const auto value_error = [&](const data::CsvOptions& options) { return refusal<ValueError>(content, options); };
  CHECK(value_error({.target = {}, .target_kind = data::TargetKind::labels}) ==
        says("labels and classes need exactly one target, got 0", ""));
  CHECK(value_error({.target = {0, 1}, .classes = {"p"}}) ==
        says("labels and classes need exactly one target, got 2", ""));
  CHECK(value_error({.target = "y", .ignore = 1}) == says("column \"y\" is a target and ignored", ""));
  CHECK(value_error({.target = {"y", -1}}) == says("column \"y\" is a target and once more a target", ""));
  CHECK(refusal<ValueError>("1,1,p\n1,0\n", {.header = data::Header::counts, .classes = {"p"}}) ==
        says("classes are given, but the first line of the file states them too", ""));
}

TEST_CASE("A file cut anywhere is read or refused with an IoError, and nothing else happens") {
  const std::string whole = "\xEF\xBB\xBF\"a\",c,y\r\n1,\"x, \"\"y\"\"\",3\r\n-2e3,z,4\r\n";
  for (std::size_t size = 0; size <= whole.size(); ++size) {
    try {
      const data::Dataset set = load(whole.substr(0, size));
      CHECK(set.x.shape()[1] == set.y.shape()[set.y.rank() - 1]);
    } catch (const IoError& error) {
      CHECK_THAT(error.what(), ContainsSubstring("load_csv: "));
    }
  }
}

TEST_CASE("Any change of a byte is read or refused with an IoError, and nothing else happens") {
  const std::string whole = "a,c,y\r\n1,\"x, \"\"y\"\"\",3\r\n-2e3,z,4\r\n";
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (const char put : {'"', ',', '\n', '\r', '\0', 'e', '9', '\xFF'}) {
      std::string changed = whole;
      changed[i] = put;
      try {
        const data::Dataset set = load(changed);
        CHECK(set.x.shape()[1] == set.y.shape()[set.y.rank() - 1]);
      } catch (const IoError& error) {
        CHECK_THAT(error.what(), ContainsSubstring("load_csv: "));
      }
    }
}
