// The categories (or classes) of a column: how the file writes them, and which index each has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "csv_number.hpp"

namespace capstan::data::csv {

class Categories {
 public:
  explicit Categories(const NumberFormat& format) : format_{format} {}

  /// Makes these the only categories, in this order. They are known beforehand, and differ also as numbers. Where all
  /// are numbers, whatever is equal to one is it, however the file writes it.
  void close_at(std::span<const std::string> names, const NumberFormat& format_of_names);
  bool closed() const noexcept { return closed_; }

  /// Counts one more example of a category. False where there is no such one.
  bool count(std::string_view text);
  /// Adds a category with one example.
  void add(std::string_view text);

  /// How many there are; as long as all are numbers, equal ones count once.
  std::int64_t size() const noexcept;
  /// A number that is written in two ways and counts as two categories, since there are others that are no numbers.
  std::optional<std::string_view> written_twice() const;

  /// Gives each its index, sorted (numbers by value, then text by bytes), unless they are closed. Answers with the
  /// names: of numbers, where all are, the shortest way to write them.
  std::vector<std::string> sort();
  /// After `sort`: the index with the most examples; the first where several have as many.
  std::int64_t most_frequent() const;
  /// After `sort`: the index, or nothing where there is no such category.
  std::optional<std::int64_t> index(std::string_view text) const;

  struct Spelling {
    std::int64_t examples = 0;
    std::int64_t index = 0;
  };
  /// As the file writes them.
  const std::map<std::string, Spelling, std::less<>>& spellings() const noexcept { return spellings_; }

 private:
  bool all_numbers() const noexcept { return texts_ == 0; }

  NumberFormat format_;
  std::map<std::string, Spelling, std::less<>> spellings_;
  std::map<std::string, std::int64_t> numbers_;  // in their shortest form: the index, if all are numbers
  std::int64_t texts_ = 0;                       // spellings that are no numbers
  std::vector<std::string> names_;               // of closed ones
  bool closed_ = false;
};

}  // namespace capstan::data::csv
