#include "csv_scan.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "csv_number.hpp"

namespace capstan::data::csv {
namespace {

// Spaces around numbers do not count, those around other text do.
std::string_view category_text(std::string_view field) { return parse_number(field) ? trim(field) : field; }

class Scanner {
 public:
  Scanner(CsvReader& reader, Table& table) : reader_{reader}, table_{table} {
    for (Column& column : table_.columns) column.told = column.content != Content::unknown;
  }

  void scan() {
    std::int64_t rows = 0;
    for (; reader_.next(); ++rows) {
      const auto fields = reader_.fields();
      if (fields.size() != table_.columns.size()) {
        table_.origin.refuse(
            fmt::format("a row must have {} fields like the first one, got {}", table_.columns.size(), fields.size()),
            fmt::format("line {}", reader_.line()));
      }
      if (table_.is_left_out(fields)) continue;
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (table_.columns[i].role != Role::ignored) note(table_.columns[i], fields[i]);
      ++table_.examples;
    }
    if (table_.stated_examples && *table_.stated_examples != rows) {
      table_.origin.refuse(
          fmt::format("the first line states {} rows, the file has {}", *table_.stated_examples, rows));
    }
    for (const Column& column : table_.columns) refuse_mixture(column);
    if (rows == 0) table_.origin.refuse("the file has no examples");
    if (table_.examples == 0) table_.origin.refuse("no example is left: a value is missing in each one");
  }

 private:
  [[noreturn]] void refuse(std::string_view rule, const Column& column) const {
    table_.refuse(rule, reader_.line(), column);
  }

  void note(Column& column, std::string_view field) const {
    if (table_.is_missing(field)) return note_missing(column, field);
    const std::optional<double> number = parse_number(field);
    if (!column.told) {
      note_kind(column, field, number.has_value());
      if (is_mixed(column)) return;  // refused when it is known which kind is the odd one
    }
    ++column.present;
    if (column.content == Content::numbers) return note_number(column, field, number);
    if (column.content == Content::categories) return note_category(column, field);
    note_position(column, field, number);
  }

  static bool is_mixed(const Column& column) { return column.numbers.values > 0 && column.texts.values > 0; }

  void note_kind(Column& column, std::string_view field, bool is_number) const {
    Seen& seen = is_number ? column.numbers : column.texts;
    if (++seen.values == 1) {
      seen.line = reader_.line();
      seen.first = field;
    }
    if (column.content == Content::unknown) column.content = is_number ? Content::numbers : Content::categories;
  }

  /// Names the first value of the kind that is rarer; of two that are as frequent, of the one that came later.
  void refuse_mixture(const Column& column) const {
    if (!is_mixed(column)) return;
    const Seen &numbers = column.numbers, &texts = column.texts;
    const bool text_is_odd = texts.values == numbers.values ? texts.line > numbers.line : texts.values < numbers.values;
    const Seen& odd = text_is_odd ? texts : numbers;
    table_.refuse(fmt::format("the column holds {}, got {}; `categorical` makes categories of them",
                              text_is_odd ? "numbers" : "text", excerpt(odd.first)),
                  odd.line, column);
  }

  void note_missing(Column& column, std::string_view field) const {
    if (column.role == Role::target && table_.options.missing == Missing::fill)
      refuse(fmt::format("the target is missing ({}), and targets are not filled", excerpt(field)), column);
    if (table_.options.missing == Missing::refuse)
      refuse(fmt::format("a value is missing ({}); set `missing` to drop_row or fill", excerpt(field)), column);
    ++column.missing;
  }

  void note_number(Column& column, std::string_view field, std::optional<double> number) const {
    if (!number) {
      refuse(fmt::format("the column holds numbers, got {}; `categorical` makes categories of them", excerpt(field)),
             column);
    }
    const bool held =
        table_.options.dtype == DType::f64 ? std::isfinite(*number) : std::isfinite(static_cast<float>(*number));
    if (!held) refuse(fmt::format("{} cannot hold {}", name_of(table_.options.dtype), excerpt(field)), column);
    const auto count = static_cast<double>(column.present);
    column.mean += *number / count - column.mean / count;  // the difference of two numbers might overflow
  }

  void note_category(Column& column, std::string_view field) const {
    const std::string_view text = category_text(field);
    auto found = column.categories.find(text);
    if (found == column.categories.end()) {
      if (column.closed) refuse_class(column, field);
      if (static_cast<std::int64_t>(column.categories.size()) >= table_.options.max_categories) {
        refuse(fmt::format("there are more than max_categories = {} categories, the next is {}",
                           table_.options.max_categories, excerpt(field)),
               column);
      }
      found = column.categories.emplace(text, Category{}).first;
    }
    ++found->second.examples;
  }

  void note_position(Column& column, std::string_view field, std::optional<double> number) const {
    const auto classes = static_cast<double>(table_.classes.size());
    if (!number || *number < 0.0 || *number >= classes || std::trunc(*number) != *number)
      refuse(fmt::format("a class must be a position from 0 to below {}, got {}", classes, excerpt(field)), column);
  }

  [[noreturn]] void refuse_class(const Column& column, std::string_view field) const {
    std::vector<std::string> names;
    names.reserve(table_.classes.size());
    for (const std::string& name : table_.classes) names.push_back(excerpt(name));
    refuse(fmt::format("the class {} is not known, the classes are {}", excerpt(field), fmt::join(names, ", ")),
           column);
  }

  CsvReader& reader_;
  Table& table_;
};

// Numbers by value, then text by bytes; one number written in two ways is two categories.
std::vector<std::string> index_categories(Column& column) {
  using Key = std::tuple<bool, double, std::string>;
  std::vector<Key> keys;
  for (const auto& [text, category] : column.categories) {
    const auto number = parse_number(text);
    keys.emplace_back(!number.has_value(), number.value_or(0.0), text);
  }
  std::ranges::sort(keys);
  std::vector<std::string> names;
  for (Key& key : keys) {
    std::string& text = std::get<2>(key);
    column.categories.find(text)->second.index = static_cast<std::int64_t>(names.size());
    names.push_back(std::move(text));
  }
  return names;
}

// The index of the category with the most examples; the first of them where several have as many.
std::int64_t most_frequent(const Column& column) {
  Category best{};
  for (const auto& [text, category] : column.categories) {
    if (category.examples > best.examples || (category.examples == best.examples && category.index < best.index))
      best = category;
  }
  return best.index;
}

void arrange_feature(const Table& table, Column& column, std::vector<std::string>& names) {
  column.row = static_cast<std::int64_t>(names.size());
  if (column.content == Content::unknown) table.refuse("there is no value to fill the missing ones with", 0, column);
  if (column.content == Content::numbers) {
    column.fill = column.mean;
    names.push_back(column.name);
  } else {
    for (const std::string& text : index_categories(column)) names.push_back(fmt::format("{}={}", column.name, text));
    column.fill = static_cast<double>(most_frequent(column));
  }
  if (!table.options.missing_indicator || column.missing == 0) return;
  column.indicator = static_cast<std::int64_t>(names.size());
  names.push_back(fmt::format("{}=missing", column.name));
}

}  // namespace

void scan(CsvReader& reader, Table& table) { Scanner{reader, table}.scan(); }

std::vector<std::string> arrange(Table& table) {
  std::vector<std::string> names;
  for (Column& column : table.columns) {
    if (column.role == Role::feature) arrange_feature(table, column, names);
    const bool found_classes = column.role == Role::target && column.content == Content::categories && !column.closed;
    if (found_classes) table.classes = index_categories(column);
  }
  return names;
}

double encode(const Column& column, std::string_view field) {
  if (column.content != Content::categories) return parse_number(field).value_or(0.0);
  return static_cast<double>(column.categories.find(category_text(field))->second.index);
}

}  // namespace capstan::data::csv
