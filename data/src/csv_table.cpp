#include "csv_table.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace capstan::data::csv {
namespace {

std::string place_of(std::int64_t line, const Column& column) {
  return fmt::format("{}column {}", line > 0 ? fmt::format("line {}, ", line) : "", excerpt(column.name));
}

std::size_t begin_of(std::string_view text) noexcept {
  return text.empty() ? 0 : static_cast<unsigned char>(text.front());
}

}  // namespace

Table::Table(const CsvOptions& the_options, const Origin& the_origin)
    : options{the_options}, origin{the_origin}, format{the_options.decimal, the_options.thousands} {
  for (const std::string& text : options.missing_values) missing_begin_[begin_of(text)] = true;
}

bool Table::is_missing(const Column& column, std::string_view field) const {
  if (missing_begin_[begin_of(field)] &&
      std::ranges::find(options.missing_values, field) != options.missing_values.end())
    return true;
  return options.unseen == Unseen::missing && column.like != nullptr && column.use == Use::feature &&
         column.content == Content::categories && !column.categories.index(field);
}

Missing Table::policy(const Column& column) const noexcept {
  if (column.use != Use::target) return options.missing;
  return options.missing_target.value_or(options.missing == Missing::drop_row ? Missing::drop_row : Missing::refuse);
}

bool Table::is_left_out(std::span<const std::string_view> fields) const {
  if (options.missing != Missing::drop_row && options.missing_target != Missing::drop_row) return false;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const Column& column = columns[i];
    if (column.use != Use::ignored && policy(column) == Missing::drop_row && is_missing(column, fields[i])) return true;
  }
  return false;
}

void Table::spend(std::uint64_t bytes, std::string_view what, std::int64_t line) {
  constexpr std::uint64_t always_allowed = std::uint64_t{1} << 20;
  spent_ += bytes;
  if (spent_ <= std::max(options.max_bytes, always_allowed)) return;
  origin.refuse(fmt::format("{} would take more than max_bytes = {} bytes beside the text", what, options.max_bytes),
                line > 0 ? fmt::format("line {}", line) : "");
}

void Table::refuse(std::string_view rule, std::int64_t line, const Column& column) const {
  origin.refuse(rule, place_of(line, column));
}

void Table::warn(std::string_view rule, std::int64_t line, const Column& column) const {
  if (options.warn) options.warn(origin.message(rule, place_of(line, column)));
}

std::string list(std::span<const std::string> names) {
  constexpr std::size_t most = 20;
  std::vector<std::string> shown;
  for (const std::string& name : names.first(std::min(names.size(), most))) shown.push_back(excerpt(name));
  return fmt::format("{}{}", fmt::join(shown, ", "), names.size() > most ? ", …" : "");
}

}  // namespace capstan::data::csv
