#include "csv_roles.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace capstan::data::csv {
namespace {

Column& find_name(Table& table, const std::string& name, const std::string& at) {
  auto& columns = table.columns;
  const auto found = std::ranges::find(columns, name, &Column::name);
  if (found == columns.end()) {
    std::vector<std::string> names;
    for (const Column& column : columns) {
      names.push_back(column.name);
      if (names.size() > 20) break;  // as many as `list` shows, and one more
    }
    table.origin.refuse(fmt::format("there is no column {}, the columns are {}", excerpt(name), list(names)), at);
  }
  if (std::ranges::count(columns, name, &Column::name) > 1)
    table.origin.refuse(fmt::format("there are several columns {}; name them by position", excerpt(name)), at);
  table.named = true;
  return *found;
}

void prepare_only_target(Table& table, Column& target) {
  const CsvOptions& options = table.options;
  if (!options.classes.empty()) {
    if (!table.classes.empty())
      table.origin.refuse_option("classes are given, but the first line of the file states them too");
    table.classes = options.classes;
    target.content = Content::categories;
    target.categories.close_at(options.classes, table.format);
  } else if (!table.classes.empty()) {
    target.content = Content::positions;
  } else if (options.target_kind == TargetKind::labels) {
    target.content = Content::categories;
  } else if (options.target_kind == TargetKind::numbers) {
    target.content = Content::numbers;
  }
}

}  // namespace

Column& find_column(Table& table, const ColumnRef& ref, std::int64_t line) {
  const std::string at = fmt::format("line {}", line);
  if (const auto* name = std::get_if<std::string>(&ref.value())) return find_name(table, *name, at);
  const std::int64_t position = std::get<std::int64_t>(ref.value());
  const auto count = static_cast<std::int64_t>(table.columns.size());
  if (position < -count || position >= count)
    table.origin.refuse(fmt::format("there is no column {}, the file has {} columns", position, count), at);
  return table.columns[static_cast<std::size_t>(position < 0 ? position + count : position)];
}

void assign_roles(Table& table, std::int64_t line) {
  const CsvOptions& options = table.options;
  for (const ColumnRef& ref : options.ignore.columns()) find_column(table, ref, line).use = Use::ignored;
  for (const ColumnRef& ref : options.categorical.columns())
    find_column(table, ref, line).content = Content::categories;
  for (const ColumnRef& ref : options.codes.columns()) {
    Column& column = find_column(table, ref, line);
    column.content = Content::categories;
    column.codes = true;
  }
  const auto targets = options.target.columns();
  for (const ColumnRef& ref : targets) {
    Column& column = find_column(table, ref, line);
    if (column.use != Use::feature) {
      table.origin.refuse_option(fmt::format("column {} is a target and {}", excerpt(column.name),
                                             column.use == Use::ignored ? "ignored" : "once more a target"));
    }
    column.use = Use::target;
    column.row = table.targets++;
    if (targets.size() == 1) {
      prepare_only_target(table, column);
    } else {
      column.content = Content::numbers;
    }
  }
  if (targets.size() != 1) table.classes.clear();
}

}  // namespace capstan::data::csv
