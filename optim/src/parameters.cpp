#include "parameters.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

namespace capstan::optim {

void check_parameters(std::string_view who, const std::vector<Parameter>& parameters,
                      const std::source_location& where) {
  if (parameters.empty()) {
    throw ValueError{fmt::format("{}: needs at least one parameter, got an empty list\n  at {}", who, place(where))};
  }
  std::vector<std::pair<const void*, std::size_t>> seen;
  seen.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i) seen.emplace_back(parameters[i].identity(), i);
  std::sort(seen.begin(), seen.end());
  const auto twice =
      std::adjacent_find(seen.begin(), seen.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
  if (twice == seen.end()) return;
  throw ValueError{fmt::format("{}: every parameter must be given once, got \"{}\" at positions {} and {}\n  at {}",
                               who, parameters[twice->second].name(), twice->second, (twice + 1)->second,
                               place(where))};
}

std::vector<std::string> names_of(std::vector<std::string> given, const std::vector<Parameter>& parameters,
                                  const std::source_location& where) {
  if (!given.empty()) return given;
  for (const Parameter& p : parameters) given.push_back(p.name(where));
  return given;
}

}  // namespace capstan::optim
