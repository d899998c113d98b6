// Reader for comma-separated values (RFC 4180): numbers are taken as they are, categories become one row of zeros and
// ones each, named "column=category".
//
//   const data::Dataset homes = data::load_csv("ames.csv.gz", {.target = "Sale_Price"});
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <capstan/data/columns.hpp>
#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// A column by its name in the header, or by position: 0 is the first, −1 the last.
class ColumnRef {
 public:
  // Names and positions turn into it by themselves.
  ColumnRef(const char* name) : value_{std::string{name}} {}
  ColumnRef(std::string name) : value_{std::move(name)} {}
  template <std::integral T>
  ColumnRef(T position) : value_{static_cast<std::int64_t>(position)} {}

  /// The name, or the position as it was given.
  const std::variant<std::string, std::int64_t>& value() const noexcept { return value_; }

 private:
  std::variant<std::string, std::int64_t> value_;
};

/// Any number of columns: `.target = "price"`, `.target = -1`, `.ignore = {"id", 3}`.
class ColumnRefs {
 public:
  // One column or a list of them turns into it by itself.
  ColumnRefs() = default;
  ColumnRefs(std::initializer_list<ColumnRef> columns) : columns_{columns} {}
  ColumnRefs(std::vector<ColumnRef> columns) : columns_{std::move(columns)} {}
  template <class T>
    requires(std::convertible_to<T, ColumnRef>)
  ColumnRefs(T column) : columns_{ColumnRef{column}} {}

  /// In the order in which they were given.
  std::span<const ColumnRef> columns() const noexcept { return columns_; }

 private:
  std::vector<ColumnRef> columns_;
};

/// What the first line of a file says.
enum class Header : std::uint8_t {
  names,  ///< the first line names the columns
  none,   ///< the first line is an example; columns are named x0, x1, …
  counts  ///< the first line states rows, features and then the classes, as in scikit-learn's files; it is checked
};

/// What becomes of the target.
enum class TargetKind : std::uint8_t {
  automatic,  ///< labels where the classes are known or the column holds text, else numbers
  numbers,    ///< Y is (targets, m) of numbers; if `classes` is given, a class is stored as its index there
  labels      ///< Y is (m) of i32
};

/// What to do with a missing value.
enum class Missing : std::uint8_t {
  refuse,    ///< IoError at the first one
  drop_row,  ///< examples with a missing value are left out
  fill       ///< the mean of the column's numbers, or its most frequent category (the first such), over the whole file
};

/// What to do with a category that the file of `like` does not have.
enum class Unseen : std::uint8_t {
  refuse,  ///< IoError at the first one
  zeros,   ///< 0 in every row of the column; the code −1
  missing  ///< it counts as a missing value
};

/// The columns of an earlier file: `.like = train`, where load_csv read `train` or what it was cut of.
class Like {
 public:
  // A data set turns into it by itself.
  Like() = default;
  Like(const Dataset& earlier) : given_{true}, columns_{earlier.columns} {}

  bool given() const noexcept { return given_; }
  /// Null if the set came from no file with columns.
  const std::shared_ptr<const FileColumns>& columns() const noexcept { return columns_; }

 private:
  bool given_ = false;
  std::shared_ptr<const FileColumns> columns_;  // shared with the set, which may go before the options do
};

/// Writes a line to the standard error stream.
void warn_on_stderr(std::string_view message);

/// How a file is written, and what its columns mean.
struct CsvOptions {
  ColumnRefs target = -1;  ///< none: Y is (0, m)
  Header header = Header::names;
  std::int64_t skip_lines = 0;  ///< lines in front of the header
  char delimiter = '\0';        ///< 0: comma, semicolon or tab, as the first lines say; ' ': runs of spaces and tabs
  char decimal = '.';           ///< between the digits of a number
  char thousands = '\0';        ///< between groups of three digits; 0: nothing
  char comment = '\0';          ///< lines that begin with it are passed over; 0: none
  TargetKind target_kind = TargetKind::automatic;
  std::vector<std::string> classes = {};  ///< of the target, in the order of their labels; found and sorted if empty
  ColumnRefs categorical = {};            ///< categories though they look like numbers; a target among them has labels
  ColumnRefs codes = {};  ///< categories in one row of X, named like the column, that counts them from 0
  ColumnRefs ignore = {};
  Like like = {};  ///< columns, categories, classes, rows and fillings are those of an earlier file
  Unseen unseen = Unseen::refuse;
  Missing missing = Missing::refuse;
  std::optional<Missing> missing_target = {};  ///< refuse or drop_row; none: as `missing`, but fill refuses
  bool missing_indicator = false;  ///< with fill: a row "column=missing" of 0 and 1 behind columns that lack values
  std::vector<std::string> missing_values = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  std::int64_t max_categories = 1000;  ///< in one column; more is taken for a mistake (a name, an identifier)
  DType dtype = DType::f32;            ///< of X and of a Y of numbers: f32 or f64
  std::uint64_t max_bytes = std::uint64_t{1} << 31;             ///< what the file may expand to, and what X may take
  std::function<void(std::string_view)> warn = warn_on_stderr;  ///< is told what looks like a mistake; may be empty
};

/// Reads a CSV file, plain or compressed by gzip (told by its content). Quoted fields may hold delimiters, doubled
/// quotes and line ends; lines end in LF, CRLF or CR; a UTF-8 byte order mark and empty lines are passed over. Spaces
/// around a field do not count, and quotes make no difference to what it is.
///
/// Numbers   decimal, with an exponent if need be. "inf", "nan" and other notations ("12%", "0x1F", "1.5D3") are none.
/// Columns   hold numbers if all their values are numbers, and categories if none is; one that mixes the two is taken
///           for a mistake unless it is among `categorical`. Categories are sorted (numbers by value, then text by
///           bytes), so that the rows of X do not depend on the order of the file. Where all are numbers, those that
///           are equal are one category, named by the shortest way to write it: 1, 1.0 and +01 are "1".
/// Missing   values are refused, left out with their example, or filled. A missing target is never filled. Examples
///           that are left out count for nothing.
/// Like      another file's columns are found by their names, in any order, and give the same rows of X and Y. Options
///           that say what columns mean need not be given again; `target = {}` reads a file without the target. What
///           is missing is filled with the other file's mean or category.
/// Memory    the text; beside it what is kept of columns and categories takes at most max_bytes (or 1 MiB, if that is
///           more), and X at most max_bytes.
///
/// Throws    IoError with file, line and column: unreadable or empty file, no examples, no feature beside the target,
///           rows of different lengths, quotes out of place or not closed, a NUL byte, text among numbers or a number
///           among text, a column of numbers in another notation, categories that differ in every one of ten or more
///           examples (or of three that begin like a number, as dates), a header that could be an example, first lines
///           that several delimiters divide, a number beyond the dtype, an integer that the dtype cannot hold exactly,
///           a class or category that is not known, a missing value (see Missing), a column that is not there, too
///           many categories, more than `max_bytes`. ValueError for options out of range or at odds; DTypeError if
///           `dtype` is i32.
/// Warns     of a delimiter that is no comma and was found out, of categories that begin like numbers or differ in most
///           examples, and of one number that a column with text writes in two ways.
/// Cost      the text is read twice.
Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options = {},
                 std::source_location where = std::source_location::current());

}  // namespace capstan::data
