// Reader for comma-separated values (RFC 4180): numbers are taken as they are, categories become one row of zeros and
// ones each, named "column=category".
//
//   const data::Dataset homes = data::load_csv("ames.csv.gz", {.target = "Sale_Price"});
#pragma once

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// A column by its name in the header, or by position: 0 is the first, −1 the last.
class ColumnRef {
 public:
  ColumnRef(const char* name) : value_{std::string{name}} {}
  ColumnRef(std::string name) : value_{std::move(name)} {}
  template <std::integral T>
  ColumnRef(T position) : value_{static_cast<std::int64_t>(position)} {}

  const std::variant<std::string, std::int64_t>& value() const noexcept { return value_; }

 private:
  std::variant<std::string, std::int64_t> value_;
};

/// Any number of columns: `.target = "price"`, `.target = -1`, `.ignore = {"id", 3}`.
class ColumnRefs {
 public:
  ColumnRefs() = default;
  ColumnRefs(std::initializer_list<ColumnRef> columns) : columns_{columns} {}
  ColumnRefs(std::vector<ColumnRef> columns) : columns_{std::move(columns)} {}
  template <class T>
    requires(std::convertible_to<T, ColumnRef>)
  ColumnRefs(T column) : columns_{ColumnRef{column}} {}

  std::span<const ColumnRef> columns() const noexcept { return columns_; }

 private:
  std::vector<ColumnRef> columns_;
};

enum class Header : std::uint8_t {
  names,  ///< the first line names the columns
  none,   ///< the first line is an example; columns are named x0, x1, …
  counts  ///< the first line states rows, features and then the classes, as in scikit-learn's files; it is checked
};

enum class TargetKind : std::uint8_t {
  automatic,  ///< labels where the classes are known or the column holds text, else numbers
  numbers,    ///< Y is (targets, m) of numbers; a class, where they are known, counts as its position
  labels      ///< Y is (m) of i32
};

enum class Missing : std::uint8_t {
  refuse,    ///< IoError at the first one
  drop_row,  ///< examples with a missing value are left out
  fill       ///< the mean of the column's numbers, or its most frequent category (the first such), over the whole file
};

struct CsvOptions {
  ColumnRefs target = -1;  ///< none: Y is (0, m)
  Header header = Header::names;
  std::int64_t skip_lines = 0;  ///< lines in front of the header
  char delimiter = ',';
  TargetKind target_kind = TargetKind::automatic;
  std::vector<std::string> classes = {};  ///< of the target, in the order of their labels; found and sorted if empty
  ColumnRefs categorical = {};            ///< categories though they look like numbers; a target among them has labels
  ColumnRefs ignore = {};
  Missing missing = Missing::refuse;
  bool missing_indicator = false;  ///< with fill: a row "column=missing" of 0 and 1 behind columns that lack values
  std::vector<std::string> missing_values = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  std::int64_t max_categories = 1000;  ///< in one column; more is taken for a mistake (a name, an identifier)
  DType dtype = DType::f32;            ///< of X and of a Y of numbers: f32 or f64
  std::uint64_t max_bytes = std::uint64_t{1} << 31;  ///< what the file may expand to, and what X may take
};

/// Reads a CSV file, plain or compressed by gzip (told by its content). Quoted fields may hold delimiters, doubled
/// quotes and line ends; lines end in LF, CRLF or CR; a UTF-8 byte order mark and empty lines are passed over.
///
/// A column holds numbers if all its values are numbers, and categories if none is; one that mixes the two is taken for
/// a mistake unless it is among `categorical`. Categories are sorted (numbers by value, then text by bytes), so that the
/// rows of X do not depend on the order of the file. Spaces around numbers and missing values do not count; "inf" and
/// "nan" are no numbers. Quotes make no difference to what a field is. A missing target is never filled. Examples that
/// are left out count for nothing.
///
/// Throws    IoError with file, line and column: unreadable or empty file, no examples, rows of different lengths,
///           quotes out of place or not closed, a NUL byte, text among numbers or a number among text, a number
///           beyond the dtype, a class that is not known, a missing value (see Missing), a column that is not there,
///           too many categories, more than `max_bytes`. ValueError for options out of range or at odds; DTypeError if
///           `dtype` is i32.
/// Cost      the text in memory, read twice.
Dataset load_csv(const std::filesystem::path& path, const CsvOptions& options = {},
                 std::source_location where = std::source_location::current());

}  // namespace capstan::data
