#include "csv_delimiter.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace capstan::data::csv {
namespace {

constexpr std::array candidates{',', ';', '\t'};
constexpr std::size_t most_records = 100;
constexpr std::size_t most_text = std::size_t{1} << 20;

using Counts = std::array<std::size_t, candidates.size()>;

// How often the candidates occur in each of the first records, outside of quotes. Quotes are only looked at here; that
// they are in place is for the reader to check.
std::vector<Counts> count_candidates(std::string_view text, char comment) {
  const bool whole = text.size() <= most_text;
  text = text.substr(0, most_text);
  std::vector<Counts> records;
  Counts counts{};
  bool quoted = false, empty = true, passed_over = false;
  const auto end_record = [&] {
    if (!empty && !passed_over) records.push_back(counts);
    counts = {};
    empty = true;
    passed_over = false;
  };
  for (const char c : text) {
    if (records.size() == most_records) return records;
    if ((c == '\n' || c == '\r') && !quoted) {
      end_record();
      continue;
    }
    if (empty && c != ' ' && c != '\t') passed_over = comment != '\0' && c == comment;
    empty = empty && c == ' ';
    if (passed_over) continue;
    if (c == '"') quoted = !quoted;
    const auto found = std::ranges::find(candidates, c);
    if (found != candidates.end() && !quoted) ++counts[static_cast<std::size_t>(found - candidates.begin())];
  }
  if (whole || records.empty()) end_record();
  return records;
}

// The first line of counts has another number of fields than the examples.
bool agrees(const std::vector<Counts>& records, std::size_t candidate, bool counts_first) {
  if (records.empty() || records.front()[candidate] == 0) return false;
  const std::size_t first = counts_first && records.size() > 1 ? 1 : 0;
  const std::size_t wanted = records[first][candidate];
  return wanted > 0 && std::all_of(records.begin() + static_cast<std::ptrdiff_t>(first), records.end(),
                                   [&](const Counts& counts) { return counts[candidate] == wanted; });
}

std::string shown(char delimiter) { return delimiter == '\t' ? "a tab" : fmt::format("\"{}\"", delimiter); }

}  // namespace

char choose_delimiter(const CsvReader& reader, const CsvOptions& options, const Origin& origin) {
  if (options.delimiter != '\0') return options.delimiter;
  const std::vector<Counts> records = count_candidates(reader.rest(), options.comment);
  std::vector<char> found;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const bool in_numbers = candidates[i] == options.decimal || candidates[i] == options.thousands;
    if (!in_numbers && agrees(records, i, options.header == Header::counts)) found.push_back(candidates[i]);
  }
  const std::string line = fmt::format("line {}", reader.position().line);
  if (found.empty()) return ',';
  if (found.size() > 1) {
    origin.refuse(fmt::format("the first lines can be divided at {} or at {} alike; set `delimiter`", shown(found[0]),
                              shown(found[1])),
                  line);
  }
  if (found[0] != ',' && options.warn) {
    options.warn(origin.message(
        fmt::format("`delimiter` is not given, the first lines are divided at {}", shown(found[0])), line));
  }
  return found[0];
}

}  // namespace capstan::data::csv
