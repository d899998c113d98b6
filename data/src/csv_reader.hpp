// CsvReader: the records of a CSV text (RFC 4180), one after another. Lines end in LF, CRLF or CR.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "origin.hpp"

namespace capstan::data::csv {

class CsvReader {
 public:
  /// The text must outlive the reader. A byte order mark in front of it is passed over. IoError for a NUL byte.
  CsvReader(std::string_view text, char delimiter, const Origin& origin);

  /// Passes over one line, whatever is in it. False at the end of the text.
  bool skip_line();

  /// Goes on to the next record; empty lines are none. False at the end of the text. IoError for quotes that are out of
  /// place or not closed.
  bool next();

  /// The fields of the record, quotes taken off; valid until the next call of `next`.
  std::span<const std::string_view> fields() const noexcept { return fields_; }
  /// The line that the record begins on, from 1.
  std::int64_t line() const noexcept { return record_line_; }

  struct Position {
    std::size_t at = 0;
    std::int64_t line = 1;
  };
  Position position() const noexcept { return position_; }
  void go_to(const Position& position) noexcept { position_ = position; }

 private:
  bool at_end() const noexcept { return position_.at == text_.size(); }
  bool at_line_end() const noexcept;
  void pass_line_end() noexcept;
  std::string_view plain_field();
  std::string_view quoted_field();
  [[noreturn]] void refuse(std::string_view rule, std::int64_t line) const;

  std::string_view text_;
  char delimiter_;
  const Origin& origin_;
  Position position_;
  std::int64_t record_line_ = 1;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // fields of this record with doubled quotes; a deque does not move them
};

}  // namespace capstan::data::csv
