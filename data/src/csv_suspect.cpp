#include "csv_suspect.hpp"

#include <algorithm>
#include <functional>
#include <string>

#include <fmt/format.h>

#include "csv_notation.hpp"

namespace capstan::data::csv {
namespace {

// Fewer examples than this may well all be of different categories.
constexpr std::int64_t few = 10;

constexpr std::string_view settle = "`categorical` makes categories of them, `ignore` leaves the column out";

// The number of values that fit, each counted as often as it occurs.
std::int64_t count_values(const Column& column, const std::function<bool(std::string_view)>& fits) {
  std::int64_t count = 0;
  for (const auto& [text, spelling] : column.categories.spellings())
    if (fits(text)) count += spelling.examples;
  return count;
}

void refuse_notation(const Table& table, const Column& column) {
  const auto in_notation = [&](std::string_view text) { return notation_of(text, table.format).has_value(); };
  if (2 * count_values(column, in_notation) <= column.present) return;
  const auto& spellings = column.categories.spellings();
  const auto first = std::ranges::find_if(spellings, [&](const auto& entry) { return in_notation(entry.first); });
  const Notation notation = *notation_of(first->first, table.format);
  const bool is_first = in_notation(column.texts.first);
  table.refuse(fmt::format("{} is {}, which is not read as a number; {}{}{}",
                           excerpt(is_first ? column.texts.first : first->first), notation.name, notation.remedy,
                           notation.remedy.empty() ? "" : "; ", settle),
               is_first ? column.texts.line : 0, column);
}

void check_distinct(const Table& table, const Column& column) {
  const std::int64_t different = column.categories.size(), values = column.present;
  const bool numeric = count_values(column, begins_like_number) == values;
  if (different == values && values > 2) {
    const std::string rule =
        fmt::format("each of the {} values is another text, the first is {}; ", values, excerpt(column.texts.first));
    if (values >= few || numeric) {
      table.refuse(rule + "a name, an identifier or a date is no category: " + std::string{settle}, column.texts.line,
                   column);
    }
    return table.warn(rule + "they become categories, and `categorical` says that this is meant", column.texts.line,
                      column);
  }
  if (numeric) {
    table.warn(fmt::format("the values begin with numbers, the first is {}; they become categories, and `categorical` "
                           "says that this is meant",
                           excerpt(column.texts.first)),
               column.texts.line, column);
  } else if (2 * different > values && values >= few) {
    table.warn(fmt::format("the {} values are {} different texts, the first is {}; they become categories, and "
                           "`categorical` says that this is meant",
                           values, different, excerpt(column.texts.first)),
               column.texts.line, column);
  }
}

// True if the name of the column could be one of its values.
bool is_like_value(const Table& table, const Column& column) {
  if (table.is_missing(column, column.name)) return true;
  const bool number = parse_number(column.name, table.format).has_value();
  if (column.use != Use::ignored && column.content == Content::categories)
    return column.categories.spellings().contains(column.name);
  return number;
}

void refuse_example_as_header(const Table& table) {
  if (table.options.header != Header::names || table.named) return;
  const bool alike = std::ranges::all_of(table.columns, [&](const Column& c) { return is_like_value(table, c); });
  const bool empty = std::ranges::all_of(table.columns, [&](const Column& c) { return table.is_missing(c, c.name); });
  if (!alike || empty) return;
  table.refuse(
      "the header could be an example, all its names are values of their columns; `header = Header::none` "
      "reads it as one, and if it is a header, `target` by its name says so",
      0, table.columns[0]);
}

}  // namespace

void check_columns(const Table& table) {
  if (table.options.like.given()) return;
  refuse_example_as_header(table);
  for (const Column& column : table.columns) {
    if (column.use == Use::ignored || column.content != Content::categories) continue;
    if (const auto twice = column.categories.written_twice()) {
      table.warn(fmt::format("{} is written in two ways and counts as two categories, since others are no numbers",
                             excerpt(*twice)),
                 0, column);
    }
    if (column.told) continue;
    refuse_notation(table, column);
    check_distinct(table, column);
  }
}

}  // namespace capstan::data::csv
