// What is known of a CSV file while it is read: its columns, what each is for, what each holds, and where it goes.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/data/csv.hpp>

#include "csv_reader.hpp"
#include "origin.hpp"

namespace capstan::data::csv {

enum class Role : std::uint8_t { feature, target, ignored };

enum class Content : std::uint8_t {
  unknown,  ///< until the first value
  numbers,
  categories,
  positions  ///< of classes that the first line of the file names
};

struct Category {
  std::int64_t examples = 0;
  std::int64_t index = 0;
};

/// Values of one kind in a column whose content no option tells.
struct Seen {
  std::int64_t values = 0;
  std::int64_t line = 0;   // of the first one
  std::string first = {};  // as it stands in the file
};

struct Column {
  std::string name;
  Role role = Role::feature;
  Content content = Content::unknown;
  bool told = false;  // by an option what it holds; where it is not, all values are of one kind
  Seen numbers = {};
  Seen texts = {};
  bool closed = false;  // the categories are known beforehand, and others are refused
  std::map<std::string, Category, std::less<>> categories = {};
  double mean = 0.0;         // of the numbers so far
  std::int64_t present = 0;  // values so far
  std::int64_t missing = 0;
  std::int64_t row = 0;         // in Y, or the first one in X
  double fill = 0.0;            // what stands for a missing value: a number, or the index of a category
  std::int64_t indicator = -1;  // the row of X that is 1 where a value is missing, if there is one
};

struct Table {
  const CsvOptions& options;
  const Origin& origin;
  std::vector<Column> columns = {};
  std::vector<std::string> classes = {};  // of the only target, where they are known
  std::int64_t targets = 0;
  std::int64_t examples = 0;                         // without those that are left out
  std::optional<std::int64_t> stated_examples = {};  // by the first line

  bool is_missing(std::string_view field) const noexcept;
  /// Whether the policy leaves this row out, as a value that is used is missing.
  bool is_left_out(std::span<const std::string_view> fields) const noexcept;

  /// Throws an IoError about a column, and about a line if it is not 0.
  [[noreturn]] void refuse(std::string_view rule, std::int64_t line, const Column& column) const;
};

/// Reads the header, if there is one, and finds the columns that the options speak of. The reader stands at the first
/// example afterwards.
Table read_header(CsvReader& reader, const CsvOptions& options, const Origin& origin);

}  // namespace capstan::data::csv
