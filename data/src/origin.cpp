#include <capstan/data/origin.hpp>
#include <capstan/tensor/engine.hpp>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

namespace capstan::data {

std::string Origin::message(std::string_view rule, std::string_view at) const {
  return fmt::format("{}: {}\n  file: \"{}\"{}{}\n  at {}", who, rule, file.string(), at.empty() ? "" : ", ", at,
                     place(where));
}

void Origin::refuse(std::string_view rule, std::string_view at) const { throw IoError{message(rule, at)}; }

void Origin::refuse_unreadable(std::string_view rule, std::string_view at) const {
  throw UnreadableError{message(rule, at)};
}

void Origin::refuse_option(std::string_view rule) const { throw ValueError{message(rule)}; }

std::string excerpt(std::string_view text) {
  constexpr std::size_t longest = 40;
  std::size_t end = text.size();
  if (end > longest) {
    end = longest;
    // A character of UTF-8 is not cut in two: its later bytes have the form 10xxxxxx.
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;
  }
  std::string shown{text.substr(0, end)};
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 0x20u || c == 0x7F) c = '?';
  return fmt::format("\"{}{}\"", shown, end < text.size() ? "…" : "");
}

}  // namespace capstan::data
