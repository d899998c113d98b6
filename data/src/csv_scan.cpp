#include <capstan/tensor/visit_dtype.hpp>

#include "csv_scan.hpp"

#include <cmath>
#include <limits>
#include <optional>

#include <fmt/format.h>

#include "csv_notation.hpp"

namespace capstan::data::csv {
namespace {

// A hint for messages about a text among numbers: "" or " (a decimal comma: `decimal = ','`)".
std::string hint(const Table& table, std::string_view field) {
  const auto notation = notation_of(field, table.format);
  if (!notation) return {};
  return fmt::format(" ({}{}{})", notation->name, notation->remedy.empty() ? "" : ": ", notation->remedy);
}

bool is_mixed(const Column& column) { return column.numbers.values > 0 && column.texts.values > 0; }

// Names the first value of the kind that is rarer; of two that are as frequent, of the one that came later. Numbers in
// another notation are always the odd ones.
void refuse_mixture(const Table& table, const Column& column) {
  if (!is_mixed(column)) return;
  const Seen &numbers = column.numbers, &texts = column.texts;
  const std::string text_hint = hint(table, texts.first);
  const bool rarer = texts.values == numbers.values ? texts.line > numbers.line : texts.values < numbers.values;
  const bool text_is_odd = rarer || !text_hint.empty();
  const Seen& odd = text_is_odd ? texts : numbers;
  table.refuse(fmt::format("the column contains {}, got {}{}; {} in `categorical`", text_is_odd ? "numbers" : "text",
                           excerpt(odd.first), text_is_odd ? text_hint : "",
                           text_is_odd ? "list a missing value in `missing_values`, or the column" : "list the column"),
               odd.line, column);
}

// The integers up to this one are held without a gap.
double largest_exact(DType dtype) {
  return visit_floating(dtype, []<class T>(T) { return std::ldexp(1.0, std::numeric_limits<T>::digits); });
}

class Scanner {
 public:
  Scanner(CsvReader& reader, Table& table)
      : reader_{reader}, table_{table}, largest_exact_{largest_exact(table.options.dtype)} {
    for (Column& column : table_.columns) column.told = column.content != Content::unknown;
  }

  void scan() {
    std::int64_t rows = 0;
    for (; reader_.next(); ++rows) {
      if (reader_.count() != table_.columns.size()) refuse_length();
      const auto fields = reader_.fields();
      if (table_.is_left_out(fields)) continue;
      for (std::size_t i = 0; i < fields.size(); ++i)
        if (table_.columns[i].use != Use::ignored) note(table_.columns[i], fields[i]);
      ++table_.examples;
    }
    if (table_.stated_examples && *table_.stated_examples != rows) {
      table_.origin.refuse(
          fmt::format("the first line states {} rows, the file has {}", *table_.stated_examples, rows));
    }
    for (const Column& column : table_.columns) refuse_mixture(table_, column);
    if (rows == 0) table_.origin.refuse("the file has no examples");
    if (table_.examples == 0) table_.origin.refuse("no example is left: a value is missing in each one");
  }

 private:
  [[noreturn]] void refuse(std::string_view rule, const Column& column) const {
    table_.refuse(rule, reader_.line(), column);
  }

  [[noreturn]] void refuse_length() const {
    table_.origin.refuse(
        fmt::format("a row must have {} fields like the first one, got {}", table_.columns.size(), reader_.count()),
        fmt::format("line {}", reader_.line()));
  }

  void note(Column& column, std::string_view field) {
    if (table_.is_missing(column, field)) return note_missing(column, field);
    if (column.told && column.content == Content::categories) return note_category(column, field);
    const std::optional<double> number = parse_number(field, table_.format);
    if (!column.told) {
      note_kind(column, field, number.has_value());
      if (is_mixed(column)) return;  // refused when it is known which kind is the odd one
    }
    if (column.content == Content::numbers) return note_number(column, field, number);
    if (column.content == Content::categories) return note_category(column, field);
    note_position(column, field, number);
  }

  void note_kind(Column& column, std::string_view field, bool is_number) const {
    Seen& seen = is_number ? column.numbers : column.texts;
    if (++seen.values == 1) {
      seen.line = reader_.line();
      seen.first = field;
    }
    if (column.content == Content::unknown) column.content = is_number ? Content::numbers : Content::categories;
  }

  void note_missing(Column& column, std::string_view field) const {
    const bool target = column.use == Use::target;
    if (table_.policy(column) == Missing::refuse) {
      if (target && table_.options.missing == Missing::fill) {
        refuse(fmt::format("the target is missing ({}), and targets are not filled; `missing_target = "
                           "Missing::drop_row` leaves the example out",
                           excerpt(field)),
               column);
      }
      refuse(fmt::format("a value is missing ({}); set `{}` to drop_row{}", excerpt(field),
                         table_.options.missing_target && target ? "missing_target" : "missing",
                         table_.options.missing_target && target ? "" : " or fill"),
             column);
    }
    ++column.missing;
  }

  void note_number(Column& column, std::string_view field, std::optional<double> number) const {
    if (!number) {
      refuse(fmt::format("the column contains numbers, got {}{}; list a missing value in `missing_values`, or the "
                         "column in `categorical`",
                         excerpt(field), hint(table_, field)),
             column);
    }
    if (!(std::abs(*number) < largest_exact_)) check_held(column, field, *number);
    const auto count = static_cast<double>(++column.present);
    column.mean += *number / count - column.mean / count;  // the difference of two numbers might overflow
  }

  // Checks a number beyond the range in which the dtype holds every integer.
  void check_held(const Column& column, std::string_view field, double number) const {
    const DType dtype = table_.options.dtype;
    const double held =
        visit_floating(dtype, [number]<class T>(T) { return static_cast<double>(static_cast<T>(number)); });
    if (!std::isfinite(held)) refuse(fmt::format("{} cannot hold {}", name_of(dtype), excerpt(field)), column);
    if (!is_integer(field, table_.format)) return;
    if (canonical_number(field, table_.format) == canonical_number(fmt::format("{:.0f}", held))) return;
    refuse(fmt::format("{} cannot hold the integer {} exactly, above {:.0f} it has gaps{}", name_of(dtype),
                       excerpt(field), largest_exact_,
                       dtype == DType::f32 ? "; `dtype = DType::f64` holds more" : "; `ignore` leaves the column out"),
           column);
  }

  void note_category(Column& column, std::string_view field) {
    ++column.present;
    if (column.categories.count(field)) return;
    if (column.categories.closed()) return note_unknown(column, field);
    constexpr std::uint64_t bytes_a_node = 96;
    table_.spend(4 * (bytes_a_node + field.size()), "the categories", reader_.line());
    column.categories.add(field);
    if (column.categories.size() > table_.options.max_categories) {
      refuse(fmt::format("there are more than max_categories = {} categories, the next is {}{}",
                         table_.options.max_categories, excerpt(field), hint(table_, field)),
             column);
    }
  }

  void note_unknown(const Column& column, std::string_view field) const {
    if (column.use == Use::target) {
      refuse(fmt::format("the class {} is not known, the classes are {}", excerpt(field), list(table_.classes)),
             column);
    }
    if (table_.options.unseen == Unseen::zeros) return;
    refuse(fmt::format("the file of `like` has no category {}, it has {}; `unseen` can be zeros or missing",
                       excerpt(field), list(column.like->categories)),
           column);
  }

  void note_position(const Column& column, std::string_view field, std::optional<double> number) const {
    const auto classes = static_cast<double>(table_.classes.size());
    if (!number || *number < 0.0 || *number >= classes || std::trunc(*number) != *number)
      refuse(fmt::format("a class must be a whole number in [0, {}), got {}", classes, excerpt(field)), column);
  }

  CsvReader& reader_;
  Table& table_;
  double largest_exact_;  // all integers up to it are held; the next one is rounded to it
};

}  // namespace

void scan(CsvReader& reader, Table& table) { Scanner{reader, table}.scan(); }

double encode(const Table& table, const Column& column, std::string_view field) {
  if (column.content == Content::categories) return static_cast<double>(column.categories.index(field).value_or(-1));
  return parse_number(field, table.format).value_or(0.0);
}

}  // namespace capstan::data::csv
