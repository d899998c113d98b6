#include "csv_arrange.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "csv_like.hpp"

namespace capstan::data::csv {
namespace {

FileColumn::Content content_of(const Column& column) {
  if (column.content == Content::positions) return FileColumn::Content::positions;
  if (column.content != Content::categories) return FileColumn::Content::numbers;
  if (column.use == Use::target) return FileColumn::Content::classes;
  return column.codes ? FileColumn::Content::codes : FileColumn::Content::one_hot;
}

// Codes are numbers of X, so the dtype must hold them.
void check_codes(const Table& table, const Column& column, std::size_t categories) {
  constexpr std::size_t most = std::size_t{1} << 24;
  if (column.codes && table.options.dtype == DType::f32 && categories > most)
    table.refuse(fmt::format("f32 cannot hold {} codes exactly", categories), 0, column);
}

FileColumn arrange_feature(const Table& table, Column& column, std::int64_t row) {
  if (column.present == 0) table.refuse("there is no value to fill the missing ones with", 0, column);
  FileColumn arranged{.name = column.name, .use = Use::feature, .content = content_of(column)};
  if (column.content == Content::categories) {
    arranged.categories = column.categories.sort();
    check_codes(table, column, arranged.categories.size());
    column.fill = static_cast<double>(column.categories.most_frequent());
  } else {
    column.fill = column.mean;
  }
  column.row = row;
  arranged.row = row;
  arranged.fill = column.fill;
  arranged.indicator = table.options.missing_indicator && column.missing > 0;
  if (arranged.indicator) column.indicator = row + rows_of(arranged);
  return arranged;
}

bool has_labels(const Table& table, const Column& target) {
  if (table.targets != 1 || table.options.target_kind == TargetKind::numbers) return false;
  return table.options.target_kind == TargetKind::labels || target.content != Content::numbers;
}

FileColumn arrange_target(Table& table, Column& column) {
  FileColumn arranged{.name = column.name, .use = Use::target, .content = content_of(column)};
  if (column.content == Content::categories) {
    arranged.categories = column.categories.sort();
    table.classes = arranged.categories;
  } else if (column.content == Content::positions) {
    arranged.categories = table.classes;
  }
  arranged.row = column.row;
  arranged.labels = has_labels(table, column);
  return arranged;
}

void append_names(Table& table, const FileColumn& column, std::vector<std::string>& names) {
  const auto append = [&](std::string_view category) {
    std::string name = category.data() == nullptr ? column.name : fmt::format("{}={}", column.name, category);
    table.spend(name.size(), "the names of the features", 0);
    names.push_back(std::move(name));
  };
  if (column.content == FileColumn::Content::one_hot) {
    for (const std::string& category : column.categories) append(category);
  } else {
    append({});
  }
  if (column.indicator) append("missing");
}

std::int64_t next_row(const FileColumn& column) { return column.row + rows_of(column) + (column.indicator ? 1 : 0); }

std::shared_ptr<const FileColumns> arrange_columns(Table& table) {
  auto columns = std::make_shared<FileColumns>();
  columns->reserve(table.columns.size());
  std::int64_t row = 0;
  for (Column& column : table.columns) {
    if (column.use == Use::ignored) {
      columns->push_back({.name = column.name, .use = Use::ignored});
    } else if (column.use == Use::target) {
      columns->push_back(arrange_target(table, column));
    } else {
      columns->push_back(arrange_feature(table, column, row));
      row = next_row(columns->back());
    }
  }
  return columns;
}

}  // namespace

Arrangement arrange(Table& table) {
  const bool like = table.options.like.given();
  Arrangement result;
  result.columns = like ? table.options.like.columns() : arrange_columns(table);
  for (const FileColumn& column : *result.columns) {
    if (column.use == Use::feature) append_names(table, column, result.feature_names);
    if (column.use == Use::target && table.targets > 0) result.labels = column.labels;
  }
  return result;
}

}  // namespace capstan::data::csv
