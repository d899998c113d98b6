#include <capstan/models/visit.hpp>

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::detail {

namespace {

/// Positions of `found`, sorted by a key, equal keys in their old order.
template <class Key>
std::vector<std::size_t> sorted_by(const std::vector<NamedParameter>& found, Key key) {
  std::vector<std::size_t> order(found.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto first = key(found[a]), second = key(found[b]);
    if (first == second) return a < b;
    return std::less<>{}(first, second);
  });
  return order;
}

void check_names(const std::vector<NamedParameter>& found, const std::source_location& where) {
  const auto name = [](const NamedParameter& p) { return std::string_view{p.name}; };
  const std::vector<std::size_t> order = sorted_by(found, name);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const NamedParameter& first = found[order[i - 1]];
    const NamedParameter& second = found[order[i]];
    if (first.name != second.name) continue;
    throw ValueError{fmt::format("parameters: visit gives two parameters the name \"{}\", of shapes {} and {}\n  at {}",
                                 first.name, to_string(first.parameter.shape()), to_string(second.parameter.shape()),
                                 place(where))};
  }
}

}  // namespace

std::vector<NamedParameter> once_each(std::vector<NamedParameter> found, const std::source_location& where) {
  const auto identity = [](const NamedParameter& p) { return p.parameter.identity(); };
  const std::vector<std::size_t> order = sorted_by(found, identity);
  std::vector<bool> again(found.size(), false);
  for (std::size_t i = 1; i < order.size(); ++i) {
    again[order[i]] = identity(found[order[i]]) == identity(found[order[i - 1]]);
  }
  std::vector<NamedParameter> once;
  once.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!again[i]) once.push_back(std::move(found[i]));
  }
  check_names(once, where);
  return once;
}

std::vector<Parameter> without_names(std::vector<NamedParameter> found) {
  std::vector<Parameter> result;
  result.reserve(found.size());
  for (NamedParameter& named : found) result.push_back(std::move(named.parameter));
  return result;
}

std::int64_t count_elements(const std::vector<NamedParameter>& found) {
  std::int64_t count = 0;
  for (const NamedParameter& named : found) count += named.parameter.value().elements();
  return count;
}

}  // namespace capstan::detail
