// CsvReader: the records of a CSV text (RFC 4180), one after another. Lines end in LF, CRLF or CR.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <capstan/data/origin.hpp>

namespace capstan::data::csv {

class CsvReader {
 public:
  /// The text must outlive the reader. A byte order mark in front of it is passed over. IoError for a NUL byte. Lines
  /// that begin with `comment` are passed over, unless it is 0.
  CsvReader(std::string_view text, char comment, const Origin& origin);

  /// Sets the delimiter from now on: a character; a space stands for runs of spaces and tabs.
  void divide_at(char delimiter) noexcept;
  /// Sets the number of fields of a record that are kept; further ones are counted only.
  void keep(std::size_t most) noexcept { most_ = most; }

  /// Passes over one line, whatever is in it. False at the end of the text.
  bool skip_line();

  /// Goes on to the next record; empty lines are none. False at the end of the text. IoError for quotes that are out of
  /// place or not closed.
  bool next();

  /// The fields of the record, spaces around them and quotes taken off; valid until the next call of `next`.
  std::span<const std::string_view> fields() const noexcept { return fields_; }
  /// The number of fields of the record, including those that are not kept.
  std::size_t count() const noexcept { return count_; }
  /// The line that the record begins on, from 1.
  std::int64_t line() const noexcept { return record_line_; }

  struct Position {
    std::size_t at = 0;
    std::int64_t line = 1;
  };
  Position position() const noexcept { return position_; }
  void go_to(const Position& position) noexcept { position_ = position; }
  /// The text from the position on.
  std::string_view rest() const noexcept { return text_.substr(position_.at); }

 private:
  bool at_end() const noexcept { return position_.at == text_.size(); }
  bool at_line_end() const noexcept;
  bool is_blank(char c) const noexcept { return c == ' ' || (c == '\t' && delimiter_ != '\t'); }
  void pass_line_end() noexcept;
  void pass_blanks() noexcept;
  bool find_record();
  bool find_field() noexcept;
  std::string_view plain_field();
  std::string_view quoted_field();
  [[noreturn]] void refuse(std::string_view rule, std::int64_t line) const;

  std::string_view text_;
  char comment_;
  char delimiter_ = ',';
  const Origin& origin_;
  std::array<bool, 256> stops_{};  // whether a character ends a field that is not in quotes
  std::size_t most_ = std::numeric_limits<std::size_t>::max();
  Position position_;
  std::int64_t record_line_ = 1;
  std::size_t count_ = 0;
  std::vector<std::string_view> fields_;
  std::deque<std::string> unquoted_;  // fields of this record with doubled quotes; a deque does not move them
};

}  // namespace capstan::data::csv
