#include <capstan/data/file_columns.hpp>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <string_view>

#include <fmt/format.h>

#include <capstan/data/origin.hpp>

#include "csv_like.hpp"

namespace capstan::data {
namespace {

using Content = FileColumn::Content;
using Use = FileColumn::Use;

// The fault in a feature, whose rows must begin at `row`.
std::string_view fault_in_feature(const FileColumn& column, std::int64_t row) {
  const bool categories = column.content == Content::one_hot || column.content == Content::codes;
  if (!categories && column.content != Content::numbers) return "is a feature and holds classes";
  if (column.row != row) return "goes to rows of X that do not follow those before";
  if (column.labels) return "is a feature and holds labels";
  if (!std::isfinite(column.fill)) return "is filled with what is no number";
  if (!categories) return {};
  const bool is_position = column.fill >= 0.0 && column.fill < static_cast<double>(column.categories.size()) &&
                           std::trunc(column.fill) == column.fill;
  return is_position ? std::string_view{} : "is filled with a category that it does not have";
}

std::string_view fault_in_target(const FileColumn& column, std::size_t targets) {
  const bool classes = column.content == Content::classes || column.content == Content::positions;
  if (!classes && column.content != Content::numbers) return "is a target and holds categories of a feature";
  if (classes && targets != 1) return "holds classes and is not the only target";
  if (column.labels && !classes) return "has labels without classes";
  return column.indicator ? "is a target and has a row that says what is missing" : std::string_view{};
}

std::string fault_in_rows(std::vector<std::int64_t> rows) {
  std::ranges::sort(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (rows[i] != static_cast<std::int64_t>(i)) return fmt::format("no target goes to row {} of Y", i);
  }
  return {};
}

}  // namespace

std::string fault_in(const FileColumns& columns) {
  const auto targets = static_cast<std::size_t>(std::ranges::count(columns, Use::target, &FileColumn::use));
  std::vector<std::int64_t> rows;
  std::int64_t row = 0;
  for (const FileColumn& column : columns) {
    std::string_view fault;
    if (column.use == Use::feature) {
      fault = fault_in_feature(column, row);
      row += csv::rows_of(column) + (column.indicator ? 1 : 0);
    } else if (column.use == Use::target) {
      fault = fault_in_target(column, targets);
      rows.push_back(column.row);
    } else if (column.use != Use::ignored) {
      fault = "has a use that is not known";
    }
    if (!fault.empty()) return fmt::format("column {} {}", excerpt(column.name), fault);
  }
  return fault_in_rows(std::move(rows));
}

}  // namespace capstan::data
