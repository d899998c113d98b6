#include "csv_categories.hpp"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace capstan::data::csv {

void Categories::close_at(std::span<const std::string> names, const NumberFormat& format_of_names) {
  closed_ = true;
  names_.assign(names.begin(), names.end());
  for (std::size_t i = 0; i < names_.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    const auto number = canonical_number(names_[i], format_of_names);
    if (number) {
      numbers_[*number] = index;
    } else {
      ++texts_;
    }
    // In another format the same digits would be another number.
    if (!number || format_of_names == format_) spellings_[names_[i]].index = index;
  }
}

bool Categories::count(std::string_view text) {
  if (closed_) return index(text).has_value();
  const auto found = spellings_.find(text);
  if (found == spellings_.end()) return false;
  ++found->second.examples;
  return true;
}

void Categories::add(std::string_view text) {
  spellings_.emplace(text, Spelling{1, 0});
  if (auto number = canonical_number(text, format_)) {
    numbers_.emplace(std::move(*number), 0);
  } else {
    ++texts_;
  }
}

std::int64_t Categories::size() const noexcept {
  return static_cast<std::int64_t>(all_numbers() ? numbers_.size() : spellings_.size());
}

std::optional<std::string_view> Categories::written_twice() const {
  if (all_numbers() || numbers_.size() + static_cast<std::size_t>(texts_) == spellings_.size()) return std::nullopt;
  std::set<std::string> seen;
  for (const auto& [text, spelling] : spellings_) {
    const auto number = canonical_number(text, format_);
    if (number && !seen.insert(*number).second) return text;
  }
  return std::nullopt;
}

std::vector<std::string> Categories::sort() {
  if (closed_) return names_;
  using Key = std::tuple<bool, double, std::string>;
  std::vector<Key> keys;
  if (all_numbers()) {
    for (const auto& [number, index] : numbers_) keys.emplace_back(false, *parse_number(number), number);
  } else {
    for (const auto& [text, spelling] : spellings_) {
      const auto number = parse_number(text, format_);
      keys.emplace_back(!number.has_value(), number.value_or(0.0), text);
    }
  }
  std::ranges::sort(keys);
  std::vector<std::string> names;
  names.reserve(keys.size());
  for (Key& key : keys) {
    const auto index = static_cast<std::int64_t>(names.size());
    auto& name = std::get<std::string>(key);
    (all_numbers() ? numbers_.find(name)->second : spellings_.find(name)->second.index) = index;
    names.push_back(std::move(name));
  }
  if (!all_numbers()) return names;
  for (auto& [text, spelling] : spellings_) spelling.index = numbers_.find(*canonical_number(text, format_))->second;
  return names;
}

std::int64_t Categories::most_frequent() const {
  std::map<std::int64_t, std::int64_t> examples;
  for (const auto& [text, spelling] : spellings_) examples[spelling.index] += spelling.examples;
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto most = std::ranges::max_element(examples, fewer);  // the first of several
  return most == examples.end() ? 0 : most->first;
}

std::optional<std::int64_t> Categories::index(std::string_view text) const {
  if (const auto found = spellings_.find(text); found != spellings_.end()) return found->second.index;
  if (!closed_ || !all_numbers()) return std::nullopt;
  const auto number = canonical_number(text, format_);
  const auto found = number ? numbers_.find(*number) : numbers_.end();
  if (found == numbers_.end()) return std::nullopt;
  return found->second;
}

}  // namespace capstan::data::csv
