#include "csv_like.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <tuple>
#include <vector>

#include <fmt/format.h>

#include "csv_roles.hpp"

namespace capstan::data::csv {
namespace {

// Positions in the order of the columns' names, equal ones in their own order.
template <class Columns>
std::vector<std::size_t> by_name(const Columns& columns) {
  std::vector<std::size_t> order(columns.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(
      order, [&](std::size_t i, std::size_t j) { return std::tie(columns[i].name, i) < std::tie(columns[j].name, j); });
  return order;
}

class Matcher {
 public:
  Matcher(Table& table, std::int64_t line)
      : table_{table}, earlier_{*table.options.like.columns()}, at_{fmt::format("line {}", line)} {
    with_target_ = !table.options.target.columns().empty();
  }

  void match() {
    const std::vector<std::size_t> here = by_name(table_.columns), there = by_name(earlier_);
    std::size_t i = 0, j = 0;
    while (i < here.size() || j < there.size()) {
      const bool only_here =
          j == there.size() || (i < here.size() && table_.columns[here[i]].name < earlier_[there[j]].name);
      const bool only_there =
          !only_here && (i == here.size() || earlier_[there[j]].name < table_.columns[here[i]].name);
      if (only_here) {
        take_extra(table_.columns[here[i++]]);
      } else if (only_there) {
        miss(earlier_[there[j++]]);
      } else {
        adopt(table_.columns[here[i++]], earlier_[there[j++]]);
      }
    }
  }

 private:
  void take_extra(const Column& column) const {
    if (column.use == Use::ignored) return;
    table_.origin.refuse(
        fmt::format("the file of `like` has no column {}; `ignore` leaves it out", excerpt(column.name)), at_);
  }

  void miss(const FileColumn& column) const {
    if (column.use == Use::ignored || (column.use == Use::target && !with_target_)) return;
    table_.origin.refuse(fmt::format("there is no column {}, which {} in the file of `like`{}", excerpt(column.name),
                                     column.use == Use::target ? "is the target" : "is a feature",
                                     column.use == Use::target ? "; `target = {}` reads a file without it" : ""),
                         at_);
  }

  void adopt(Column& column, const FileColumn& like) {
    if (column.use == Use::ignored && like.use != Use::ignored) {
      table_.origin.refuse_option(fmt::format("column {} is ignored and {} in the file of `like`", excerpt(column.name),
                                              like.use == Use::target ? "the target" : "a feature"));
    }
    column.use = like.use;
    column.like = &like;
    if (like.use == Use::target && !with_target_) column.use = Use::ignored;
    if (column.use == Use::ignored) return;
    column.row = like.row;
    column.fill = like.fill;
    column.indicator = like.indicator ? like.row + rows_of(like) : -1;
    column.codes = like.content == FileColumn::Content::codes;
    if (like.content == FileColumn::Content::numbers) {
      column.content = Content::numbers;
    } else if (like.content == FileColumn::Content::positions) {
      column.content = Content::positions;
    } else {
      column.content = Content::categories;
      column.categories.close_at(like.categories, NumberFormat{});
    }
    if (column.use != Use::target) return;
    ++table_.targets;
    adopt_classes(like);
  }

  void adopt_classes(const FileColumn& target) const {
    if (!table_.classes.empty() && table_.classes != target.categories) {
      table_.origin.refuse(fmt::format("the classes must be those of the file of `like`, {}, got {}",
                                       list(target.categories), list(table_.classes)));
    }
    table_.classes = target.categories;
  }

  Table& table_;
  const FileColumns& earlier_;
  bool with_target_ = true;
  std::string at_;
};

[[noreturn]] void refuse_other(const Table& table, std::string_view option, std::string_view name) {
  table.origin.refuse_option(
      fmt::format("{} says something else of column {} than the file of `like`", option, excerpt(name)));
}

// The last column is the default of `target`; it says nothing about this file.
bool is_default(const ColumnRefs& target) {
  const auto refs = target.columns();
  const auto* const position = refs.size() == 1 ? std::get_if<std::int64_t>(&refs[0].value()) : nullptr;
  return position != nullptr && *position == -1;
}

// The other options must not contradict `like`.
void check_agreement(Table& table, std::int64_t line) {
  const CsvOptions& options = table.options;
  for (const ColumnRef& ref : options.categorical.columns()) {
    const Column& column = find_column(table, ref, line);
    if (column.use != Use::ignored && column.content == Content::numbers)
      refuse_other(table, "categorical", column.name);
  }
  for (const ColumnRef& ref : options.codes.columns()) {
    const Column& column = find_column(table, ref, line);
    if (column.use == Use::feature && !column.codes) refuse_other(table, "codes", column.name);
  }
  if (!is_default(options.target)) {
    for (const ColumnRef& ref : options.target.columns()) {
      const Column& column = find_column(table, ref, line);
      if (column.use != Use::target) refuse_other(table, "target", column.name);
    }
  }
  for (const Column& column : table.columns) {
    if (column.use != Use::target) continue;
    const bool labels = column.like->labels;
    if (options.target_kind == (labels ? TargetKind::numbers : TargetKind::labels))
      refuse_other(table, "target_kind", column.name);
    if (!options.classes.empty() && options.classes != column.like->categories)
      refuse_other(table, "classes", column.name);
  }
}

}  // namespace

std::int64_t rows_of(const FileColumn& column) {
  return column.content == FileColumn::Content::one_hot ? static_cast<std::int64_t>(column.categories.size()) : 1;
}

void assign_like(Table& table, std::int64_t line) {
  for (const ColumnRef& ref : table.options.ignore.columns()) find_column(table, ref, line).use = Use::ignored;
  Matcher{table, line}.match();
  check_agreement(table, line);
}

}  // namespace capstan::data::csv
