// Tables of text, for summaries.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace capstan::models {

/// A number with commas, as "109,386".
inline std::string grouped(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

/// A table of cells. ASCII only, so that bytes are columns. A column marked '>' is aligned to the right.
template <std::size_t columns>
std::string table(const std::vector<std::array<std::string, columns>>& lines, const std::array<char, columns>& sides) {
  std::array<std::size_t, columns> widths{};
  for (const auto& line : lines) {
    for (std::size_t c = 0; c < columns; ++c) widths[c] = std::max(widths[c], line[c].size());
  }
  std::string text;
  for (const auto& line : lines) {
    if (!text.empty()) text += '\n';
    for (std::size_t c = 0; c < columns; ++c) {
      if (c != 0) text += "  ";
      const std::string blanks(widths[c] - line[c].size(), ' ');
      text += sides[c] == '>' ? blanks + line[c] : line[c] + blanks;
    }
    text.erase(text.find_last_not_of(' ') + 1);
  }
  return text;
}

}  // namespace capstan::models
