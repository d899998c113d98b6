#include "csv_reader.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace capstan::data::csv {
namespace {

bool is_line_end(char c) noexcept { return c == '\n' || c == '\r'; }

// CRLF counts once.
std::int64_t count_line_ends(std::string_view text) noexcept {
  std::int64_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n' || (text[i] == '\r' && !text.substr(i + 1).starts_with('\n'))) ++count;
  return count;
}

std::string halve_quotes(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] == '"') ++i;
  }
  return result;
}

}  // namespace

CsvReader::CsvReader(std::string_view text, char delimiter, const Origin& origin)
    : text_{text}, delimiter_{delimiter}, origin_{origin} {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
    refuse("there is a NUL byte, which no text holds", 1 + count_line_ends(text_.substr(0, nul)));
}

void CsvReader::refuse(std::string_view rule, std::int64_t line) const {
  origin_.refuse(rule, fmt::format("line {}", line));
}

bool CsvReader::at_line_end() const noexcept { return is_line_end(text_[position_.at]); }

void CsvReader::pass_line_end() noexcept {
  const bool crlf = text_.substr(position_.at).starts_with("\r\n");
  position_.at += crlf ? 2 : 1;
  ++position_.line;
}

bool CsvReader::skip_line() {
  while (!at_end() && !at_line_end()) ++position_.at;
  if (at_end()) return false;
  pass_line_end();
  return true;
}

bool CsvReader::next() {
  fields_.clear();
  unquoted_.clear();
  while (!at_end() && at_line_end()) pass_line_end();
  if (at_end()) return false;
  record_line_ = position_.line;
  for (;;) {
    const bool quoted = !at_end() && text_[position_.at] == '"';
    fields_.push_back(quoted ? quoted_field() : plain_field());
    if (at_end()) return true;
    if (at_line_end()) break;
    ++position_.at;  // the delimiter
  }
  pass_line_end();
  return true;
}

std::string_view CsvReader::plain_field() {
  const std::array<char, 4> stops{delimiter_, '\n', '\r', '"'};
  const std::size_t begin = position_.at;
  position_.at = std::min(text_.find_first_of(stops.data(), begin, stops.size()), text_.size());
  if (!at_end() && text_[position_.at] == '"') {
    refuse("quotes are out of place: a field that holds any begins and ends with quotes, and doubles those within",
           position_.line);
  }
  return text_.substr(begin, position_.at - begin);
}

std::string_view CsvReader::quoted_field() {
  const std::int64_t first_line = position_.line;
  const std::size_t begin = position_.at + 1;
  bool doubled = false;
  std::size_t end = text_.find('"', begin);
  while (end != std::string_view::npos && text_.substr(end + 1).starts_with('"')) {
    doubled = true;
    end = text_.find('"', end + 2);
  }
  if (end == std::string_view::npos) refuse("quotes that open here are not closed", first_line);
  const std::string_view field = text_.substr(begin, end - begin);
  position_.at = end + 1;
  position_.line += count_line_ends(field);
  if (!at_end() && !at_line_end() && text_[position_.at] != delimiter_)
    refuse("quotes are out of place: after the closing ones the field goes on", position_.line);
  if (!doubled) return field;
  return unquoted_.emplace_back(halve_quotes(field));
}

}  // namespace capstan::data::csv
