#include "csv_reader.hpp"

#include <fmt/format.h>

#include "csv_number.hpp"

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

CsvReader::CsvReader(std::string_view text, char comment, const Origin& origin)
    : text_{text}, comment_{comment}, origin_{origin} {
  if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  if (const std::size_t nul = text_.find('\0'); nul != std::string_view::npos)
    refuse("there is a NUL byte, which no text holds", 1 + count_line_ends(text_.substr(0, nul)));
  divide_at(',');
}

void CsvReader::divide_at(char delimiter) noexcept {
  delimiter_ = delimiter;
  stops_ = {};
  for (const char stop : {delimiter, '\n', '\r', '"'}) stops_[static_cast<unsigned char>(stop)] = true;
  if (delimiter == ' ') stops_['\t'] = true;
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

void CsvReader::pass_blanks() noexcept {
  while (!at_end() && is_blank(text_[position_.at])) ++position_.at;
}

bool CsvReader::skip_line() {
  while (!at_end() && !at_line_end()) ++position_.at;
  if (at_end()) return false;
  pass_line_end();
  return true;
}

// Goes to the first field of the next record. False at the end of the text.
bool CsvReader::find_record() {
  for (;;) {
    pass_blanks();
    if (at_end()) return false;
    if (at_line_end()) {
      pass_line_end();
    } else if (comment_ != '\0' && text_[position_.at] == comment_) {
      skip_line();
    } else {
      return true;
    }
  }
}

// Goes from the end of a field to the next one of the record. False where there is none.
bool CsvReader::find_field() noexcept {
  if (delimiter_ != ' ' && !at_end() && !at_line_end()) {
    ++position_.at;  // the delimiter
    pass_blanks();
    return true;
  }
  pass_blanks();
  return !at_end() && !at_line_end();
}

bool CsvReader::next() {
  fields_.clear();
  unquoted_.clear();
  count_ = 0;
  if (!find_record()) return false;
  record_line_ = position_.line;
  do {
    const bool quoted = !at_end() && text_[position_.at] == '"';
    const std::string_view field = quoted ? quoted_field() : plain_field();
    if (count_++ < most_) fields_.push_back(field);
  } while (find_field());
  if (!at_end()) pass_line_end();
  return true;
}

std::string_view CsvReader::plain_field() {
  const std::size_t begin = position_.at;
  std::size_t end = begin;
  while (end < text_.size() && !stops_[static_cast<unsigned char>(text_[end])]) ++end;
  position_.at = end;
  if (!at_end() && text_[end] == '"') {
    refuse("quotes are out of place: a field that holds any begins and ends with quotes, and doubles those within",
           position_.line);
  }
  while (end > begin && is_blank(text_[end - 1])) --end;
  return text_.substr(begin, end - begin);
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
  if (delimiter_ != ' ') pass_blanks();
  const bool ends = at_end() || at_line_end() || text_[position_.at] == delimiter_ || is_blank(text_[position_.at]);
  if (!ends) refuse("quotes are out of place: after the closing ones the field goes on", position_.line);
  if (!doubled || count_ >= most_) return trim(field);
  return trim(unquoted_.emplace_back(halve_quotes(field)));
}

}  // namespace capstan::data::csv
