#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace capstan::data {

/// Where two lists of names differ first, and what stands there as messages print it: a name, or "nothing".
struct Difference {
  std::ptrdiff_t at;
  std::string a, b;
};

std::optional<Difference> first_difference(std::span<const std::string> a, std::span<const std::string> b);

}  // namespace capstan::data
