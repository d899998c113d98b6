#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace capstan::data {

/// The first position at which two lists of names differ, and the two entries as messages print them: a name, or
/// "nothing".
struct Difference {
  std::ptrdiff_t at;
  std::string a, b;
};

std::optional<Difference> first_difference(std::span<const std::string> a, std::span<const std::string> b);

}  // namespace capstan::data
