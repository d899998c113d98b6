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

  /// Makes these the only categories, in this order. They are known beforehand, and differ also as numbers. If all are
  /// numbers, a value that is equal to one belongs to it, however the file writes it.
  void close_at(std::span<const std::string> names, const NumberFormat& format_of_names);
  bool closed() const noexcept { return closed_; }

  /// Counts one more example of a category. Returns false if there is no such category.
  bool count(std::string_view text);
  /// Adds a category with one example.
  void add(std::string_view text);

  /// The number of categories; as long as all are numbers, equal ones count once.
  std::int64_t size() const noexcept;
  /// A number that the file writes in two ways and that counts as two categories, since some categories are no numbers.
  std::optional<std::string_view> written_twice() const;

  /// Assigns the indices in sorted order (numbers by value, then text by bytes), unless the categories are closed.
  /// Returns the names; if all are numbers, each is written in the shortest way.
  std::vector<std::string> sort();
  /// After `sort`: the index with the most examples; the first where several have as many.
  std::int64_t most_frequent() const;
  /// After `sort`: the index of a category; nothing if there is no such category.
  std::optional<std::int64_t> index(std::string_view text) const;

  struct Spelling {
    std::int64_t examples = 0;
    std::int64_t index = 0;
  };
  /// The categories as the file writes them.
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
