#include "csv_header.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "csv_like.hpp"
#include "csv_roles.hpp"

namespace capstan::data::csv {
namespace {

std::optional<std::int64_t> parse_count(std::string_view digits) {
  const char* const begin = digits.data();
  const char* const end = begin + digits.size();
  std::int64_t count = 0;
  const auto [stop, error] = std::from_chars(begin, end, count);
  if (error != std::errc{} || stop != end || count < 0) return std::nullopt;
  return count;
}

// The likely delimiter of a line that was read as a single field.
char likely_delimiter(std::string_view line) {
  constexpr std::array candidates{';', '\t', ',', '|', ' ', ':'};
  return *std::ranges::max_element(candidates, {}, [&](char c) { return std::ranges::count(line, c); });
}

class HeaderReader {
 public:
  HeaderReader(CsvReader& reader, Table& table) : reader_{reader}, table_{table} {}

  void read() {
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
    reader_.keep(table_.columns.size());
    if (table_.options.like.given()) return assign_like(table_, reader_.line());
    refuse_single_column();
    assign_roles(table_, reader_.line());
    refuse_numbers_as_names();
  }

 private:
  [[noreturn]] void refuse(std::string_view rule) const {
    table_.origin.refuse(rule, fmt::format("line {}", reader_.line()));
  }

  // Reads a record of any number of fields, once it is sure that there may be so many.
  bool next_counted(std::string_view what) {
    constexpr std::size_t few = 1000;
    constexpr std::size_t bytes_a_field = sizeof(Column) + sizeof(FileColumn) + 3 * sizeof(std::string) +
                                          2 * sizeof(std::string_view);  // that are kept, one way or another
    const CsvReader::Position position = reader_.position();
    reader_.keep(few);
    if (!reader_.next()) return false;
    const std::size_t count = reader_.count();
    table_.spend(count * bytes_a_field, fmt::format("{} {}", count, what), reader_.line());
    if (count <= few) return true;
    reader_.go_to(position);
    reader_.keep(count);
    return reader_.next();
  }

  void read_names() {
    if (!next_counted("columns")) table_.origin.refuse("the file has no line that names the columns");
    table_.columns.reserve(reader_.fields().size());
    for (const std::string_view field : reader_.fields()) table_.columns.emplace_back(field, table_.format);
  }

  std::int64_t read_counts() {
    if (!next_counted("classes"))
      table_.origin.refuse("the file has no line that states the numbers of rows and features");
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

  // Counts the columns of the first example without consuming it.
  void number_columns() {
    const CsvReader::Position first = reader_.position();
    if (!next_counted("columns")) table_.origin.refuse("the file has no examples");
    const std::size_t count = reader_.fields().size();
    table_.columns.reserve(count);
    for (std::size_t i = 0; i < count; ++i) table_.columns.emplace_back(fmt::format("x{}", i), table_.format);
    reader_.go_to(first);
  }

  // One column where there should be several: as a rule the delimiter is another one.
  void refuse_single_column() const {
    if (table_.columns.size() != 1) return;
    const std::string_view line = reader_.fields()[0];
    const char delimiter = likely_delimiter(line);
    const auto count = std::ranges::count(line, delimiter);
    const bool no_target = table_.options.target.columns().empty();
    if (no_target && (count == 0 || delimiter == ' ' || delimiter == ':')) return;
    const std::string_view rule =
        no_target ? "the file has one column" : "the file has one column, so there is no feature beside the target";
    if (count == 0) refuse(fmt::format("{}; `target = {{}}` reads it as a feature", rule));
    const std::string name = delimiter == '\t' ? "\\t" : std::string{delimiter};
    refuse(fmt::format("{}; `delimiter = '{}'` divides the line in {}", rule, name, count + 1));
  }

  // The name of a column in an option is a name, even if it looks like a value.
  void refuse_numbers_as_names() const {
    if (table_.options.header != Header::names || table_.named) return;
    std::int64_t numbers = 0;
    for (const Column& column : table_.columns) {
      if (parse_number(column.name, table_.format)) {
        ++numbers;
      } else if (!table_.is_missing(column, column.name)) {
        return;
      }
    }
    if (numbers == 0) return;
    refuse(
        fmt::format("the header holds numbers alone, the first column is named {}, so it could be an example: "
                    "`header = Header::none` reads it as one, and with `skip_lines = {}` passes over it",
                    excerpt(table_.columns[0].name), reader_.line()));
  }

  CsvReader& reader_;
  Table& table_;
};

}  // namespace

void read_header(CsvReader& reader, Table& table) { HeaderReader{reader, table}.read(); }

}  // namespace capstan::data::csv
