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
std::vector<std::size_t> sorted_by(const std::vector<NamedState>& found, Key key) {
  std::vector<std::size_t> order(found.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    const auto first = key(found[a]), second = key(found[b]);
    if (first == second) return a < b;
    return std::less<>{}(first, second);
  });
  return order;
}

void check_names(const std::vector<NamedState>& found, const std::source_location& where) {
  const auto name = [](const NamedState& x) { return std::string_view{x.name}; };
  const std::vector<std::size_t> order = sorted_by(found, name);
  for (std::size_t i = 1; i < order.size(); ++i) {
    const NamedState& first = found[order[i - 1]];
    const NamedState& second = found[order[i]];
    if (first.name != second.name) continue;
    throw ValueError{
        fmt::format("parameters: visit gives two {} the name \"{}\", of shapes {} and {}\n  at {}",
                    first.tensor.kind() == second.tensor.kind() ? fmt::format("{}s", name_of(first.tensor.kind()))
                                                                : "of parameters and buffers",
                    first.name, to_string(first.tensor.shape()), to_string(second.tensor.shape()), place(where))};
  }
}

/// Picks the parameters, or the buffers: `of` gives one as that, or nothing.
template <class Named, class Of>
std::vector<Named> those(const std::vector<NamedState>& state, const Of& of) {
  std::vector<Named> result;
  result.reserve(state.size());
  for (const auto& [name, tensor] : state) {
    if (auto found = of(tensor)) result.push_back({name, *std::move(found)});
  }
  return result;
}

}  // namespace

std::vector<NamedState> once_each(std::vector<NamedState> found, const std::source_location& where) {
  const auto identity = [](const NamedState& x) { return x.tensor.identity(); };
  const std::vector<std::size_t> order = sorted_by(found, identity);
  std::vector<bool> again(found.size(), false);
  for (std::size_t i = 1; i < order.size(); ++i) {
    again[order[i]] = identity(found[order[i]]) == identity(found[order[i - 1]]);
  }
  std::vector<NamedState> once;
  once.reserve(found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (!again[i]) once.push_back(std::move(found[i]));
  }
  check_names(once, where);
  return once;
}

std::vector<NamedParameter> parameters_of(const std::vector<NamedState>& state) {
  return those<NamedParameter>(state, &Parameter::of);
}

std::vector<NamedBuffer> buffers_of(const std::vector<NamedState>& state) {
  return those<NamedBuffer>(state, &Buffer::of);
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
