#include "csv_table.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/graph/error.hpp>

#include "csv_number.hpp"

namespace capstan::data::csv {
namespace {

std::optional<std::int64_t> parse_count(std::string_view field) {
  const std::string_view digits = trim(field);
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  std::int64_t count = 0;
  const auto [stop, error] = std::from_chars(begin, end, count);
  if (error != std::errc{} || stop != end || count < 0) return std::nullopt;
  return count;
}

// The names as a message lists them; not all of them where there are many.
std::string list(const std::vector<Column>& columns) {
  constexpr std::size_t most = 20;
  std::vector<std::string> names;
  for (const Column& column : columns) {
    if (names.size() == most) break;
    names.push_back(excerpt(column.name));
  }
  return fmt::format("{}{}", fmt::join(names, ", "), columns.size() > most ? ", …" : "");
}

class HeaderReader {
 public:
  HeaderReader(CsvReader& reader, Table& table) : reader_{reader}, table_{table} {}

  void read() {
    for (std::int64_t i = 0; i < table_.options.skip_lines; ++i)
      if (!reader_.skip_line()) break;
    if (table_.options.header == Header::names) {
      read_names();
    } else if (table_.options.header == Header::counts) {
      const std::int64_t features = read_counts();
      number_columns();
      if (static_cast<std::int64_t>(table_.columns.size()) != features + 1) {
        refuse(fmt::format("the first line states {} features, so there must be {} columns, got {}", features,
                           features + 1, table_.columns.size()));
      }
    } else {
      number_columns();
    }
    assign_roles();
  }

 private:
  [[noreturn]] void refuse(std::string_view rule) const {
    table_.origin.refuse(rule, fmt::format("line {}", reader_.line()));
  }

  [[noreturn]] void refuse_options(std::string_view rule) const {
    throw ValueError{fmt::format("{}: {}\n  file: \"{}\"\n  at {}", table_.origin.who, rule,
                                 table_.origin.file.string(), place(table_.origin.where))};
  }

  void read_names() {
    if (!reader_.next()) table_.origin.refuse("the file has no line that names the columns");
    for (const std::string_view field : reader_.fields()) table_.columns.push_back({std::string{field}});
  }

  std::int64_t read_counts() {
    if (!reader_.next()) table_.origin.refuse("the file has no line that states the numbers of rows and features");
    const auto fields = reader_.fields();
    table_.stated_examples = parse_count(fields[0]);
    const auto features = fields.size() > 1 ? parse_count(fields[1]) : std::nullopt;
    if (!table_.stated_examples || !features) {
      refuse(fmt::format("the first line must begin with the numbers of rows and features, got {}",
                         excerpt(fmt::format("{}", fmt::join(fields, ",")))));
    }
    table_.classes.assign(fields.begin() + 2, fields.end());
    return *features;
  }

  // Counts the columns of the first example, which is not used up by that.
  void number_columns() {
    const CsvReader::Position first = reader_.position();
    if (!reader_.next()) table_.origin.refuse("the file has no examples");
    for (std::size_t i = 0; i < reader_.fields().size(); ++i) table_.columns.push_back({fmt::format("x{}", i)});
    reader_.go_to(first);
  }

  Column& find(const ColumnRef& ref) const {
    if (const auto* name = std::get_if<std::string>(&ref.value())) return find(*name);
    const std::int64_t position = std::get<std::int64_t>(ref.value());
    const auto count = static_cast<std::int64_t>(table_.columns.size());
    if (position < -count || position >= count)
      refuse(fmt::format("there is no column {}, the file has {} columns", position, count));
    return table_.columns[static_cast<std::size_t>(position < 0 ? position + count : position)];
  }

  Column& find(const std::string& name) const {
    auto& columns = table_.columns;
    const auto found = std::ranges::find(columns, name, &Column::name);
    if (found == columns.end())
      refuse(fmt::format("there is no column {}, the columns are {}", excerpt(name), list(columns)));
    if (std::ranges::count(columns, name, &Column::name) > 1)
      refuse(fmt::format("there are several columns {}; name them by position", excerpt(name)));
    return *found;
  }

  void assign_roles() {
    for (const ColumnRef& ref : table_.options.ignore.columns()) find(ref).role = Role::ignored;
    for (const ColumnRef& ref : table_.options.categorical.columns()) find(ref).content = Content::categories;
    const auto targets = table_.options.target.columns();
    for (const ColumnRef& ref : targets) {
      Column& column = find(ref);
      if (column.role != Role::feature) {
        refuse_options(fmt::format("column {} is a target and {}", excerpt(column.name),
                                   column.role == Role::ignored ? "ignored" : "once more a target"));
      }
      column.role = Role::target;
      column.row = table_.targets++;
      if (targets.size() == 1) {
        prepare_only_target(column);
      } else {
        column.content = Content::numbers;
      }
    }
    if (targets.size() != 1) table_.classes.clear();
  }

  void prepare_only_target(Column& target) const {
    const CsvOptions& options = table_.options;
    if (!options.classes.empty()) {
      if (!table_.classes.empty()) refuse_options("classes are given, but the first line of the file states them too");
      table_.classes = options.classes;
      target.content = Content::categories;
      target.closed = true;
      for (std::size_t i = 0; i < options.classes.size(); ++i)
        target.categories[options.classes[i]].index = static_cast<std::int64_t>(i);
    } else if (!table_.classes.empty()) {
      target.content = Content::positions;
    } else if (options.target_kind == TargetKind::labels) {
      target.content = Content::categories;
    } else if (options.target_kind == TargetKind::numbers) {
      target.content = Content::numbers;
    }
  }

  CsvReader& reader_;
  Table& table_;
};

}  // namespace

bool Table::is_missing(std::string_view field) const noexcept {
  return std::ranges::find(options.missing_values, trim(field)) != options.missing_values.end();
}

bool Table::is_left_out(std::span<const std::string_view> fields) const noexcept {
  if (options.missing != Missing::drop_row) return false;
  for (std::size_t i = 0; i < columns.size(); ++i)
    if (columns[i].role != Role::ignored && is_missing(fields[i])) return true;
  return false;
}

void Table::refuse(std::string_view rule, std::int64_t line, const Column& column) const {
  const std::string at_line = line > 0 ? fmt::format("line {}, ", line) : "";
  origin.refuse(rule, fmt::format("{}column {}", at_line, excerpt(column.name)));
}

Table read_header(CsvReader& reader, const CsvOptions& options, const Origin& origin) {
  Table table{options, origin};
  HeaderReader{reader, table}.read();
  return table;
}

}  // namespace capstan::data::csv
