// Table: the state of a CSV file while it is read – its columns, the use and content of each, and its rows in X or Y.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/data/csv.hpp>

#include <capstan/data/origin.hpp>
#include "csv_categories.hpp"
#include "csv_number.hpp"

namespace capstan::data::csv {

using Use = FileColumn::Use;

enum class Content : std::uint8_t {
  unknown,  ///< until the first value
  numbers,
  categories,
  positions  ///< of classes that the first line of the file names
};

/// Values of one kind in a column whose content no option tells.
struct Seen {
  std::int64_t values = 0;
  std::int64_t line = 0;   // of the first one
  std::string first = {};  // as it stands in the file
};

struct Column {
  Column(std::string_view column_name, const NumberFormat& format) : name{column_name}, categories{format} {}

  std::string name;
  Use use = Use::feature;
  Content content = Content::unknown;
  bool told = false;   // by an option what it holds; where it is not, all values are of one kind
  bool codes = false;  // categories in one row
  Seen numbers = {};
  Seen texts = {};
  Categories categories;
  double mean = 0.0;         // of the numbers so far
  std::int64_t present = 0;  // values so far
  std::int64_t missing = 0;
  std::int64_t row = 0;              // in Y, or the first one in X
  double fill = 0.0;                 // what stands for a missing value: a number, or the index of a category
  std::int64_t indicator = -1;       // the row of X that is 1 where a value is missing, if there is one
  const FileColumn* like = nullptr;  // the column of the earlier file that this one is read like, if there is one
};

struct Table {
  Table(const CsvOptions& the_options, const Origin& the_origin);

  const CsvOptions& options;
  const Origin& origin;
  NumberFormat format;
  std::vector<Column> columns = {};
  bool named = false;                     // whether an option speaks of a column by its name
  std::vector<std::string> classes = {};  // of the only target, where they are known
  std::int64_t targets = 0;
  std::int64_t examples = 0;                         // without those that are left out
  std::optional<std::int64_t> stated_examples = {};  // by the first line

  bool is_missing(const Column& column, std::string_view field) const;
  /// The policy for a missing value of the column.
  Missing policy(const Column& column) const noexcept;
  /// True if a policy drops this row because a value that is used is missing.
  bool is_left_out(std::span<const std::string_view> fields) const;

  /// Counts memory that is needed besides the text of the file, for `what`. IoError if it is more than the options allow.
  void spend(std::uint64_t bytes, std::string_view what, std::int64_t line);

  /// An IoError about a column, and about a line if it is not 0; or a warning.
  [[noreturn]] void refuse(std::string_view rule, std::int64_t line, const Column& column) const;
  void warn(std::string_view rule, std::int64_t line, const Column& column) const;

 private:
  std::array<bool, 256> missing_begin_{};  // whether a missing value begins so; at 0 whether it may be empty
  std::uint64_t spent_ = 0;
};

/// Names as a message lists them; not all of them where there are many.
std::string list(std::span<const std::string> names);

}  // namespace capstan::data::csv
