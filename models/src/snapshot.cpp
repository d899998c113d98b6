#include <capstan/models/snapshot.hpp>

#include <map>
#include <string_view>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

/// Positions of the snapshot's entries by their names.
std::map<std::string_view, std::size_t> by_name(std::span<const Snapshot::Entry> entries) {
  std::map<std::string_view, std::size_t> positions;
  for (std::size_t i = 0; i < entries.size(); ++i) positions.emplace(entries[i].name, i);
  return positions;
}

std::string describe(const NamedState& p, const Tensor& value, const std::source_location& where) {
  return fmt::format("\n  model: {} of {}\n  snapshot: {} of {}\n  at {}", to_string(p.tensor.shape()),
                     name_of(p.tensor.dtype()), to_string(value.shape()), name_of(value.dtype()), place(where));
}

void check_alike(const NamedState& p, const Tensor& value, const std::source_location& where) {
  if (value.shape() != p.tensor.shape()) {
    throw ShapeError{fmt::format("restore: \"{}\" must have the shape that the snapshot has, got {} and {}{}", p.name,
                                 to_string(p.tensor.shape()), to_string(value.shape()), describe(p, value, where))};
  }
  if (value.dtype() != p.tensor.dtype()) {
    throw DTypeError{fmt::format("restore: \"{}\" must have the dtype that the snapshot has, got {} and {}{}", p.name,
                                 name_of(p.tensor.dtype()), name_of(value.dtype()), describe(p, value, where))};
  }
}

[[noreturn]] void refuse_name(std::string_view name, std::string_view who, std::size_t model, std::size_t snapshot,
                              const std::source_location& where) {
  throw ValueError{
      fmt::format("restore: model and snapshot must have the same parameters and buffers, only the {} has \"{}\"\n"
                  "  model: {} of them\n  snapshot: {} of them\n  at {}",
                  who, name, model, snapshot, place(where))};
}

}  // namespace

Snapshot::Snapshot(const std::vector<NamedState>& state) {
  entries_.reserve(state.size());
  for (const auto& [name, tensor] : state) entries_.push_back({name, tensor.value().copy()});
}

void Snapshot::write_to(const std::vector<NamedState>& state, const std::source_location& where) const {
  auto left = by_name(entries_);
  std::vector<std::size_t> sources;
  sources.reserve(state.size());
  for (const NamedState& p : state) {
    const auto found = left.find(p.name);
    if (found == left.end()) refuse_name(p.name, "model", state.size(), size(), where);
    check_alike(p, entries_[found->second].value, where);
    sources.push_back(found->second);
    left.erase(found);
  }
  if (!left.empty()) refuse_name(left.begin()->first, "snapshot", state.size(), size(), where);
  for (std::size_t i = 0; i < state.size(); ++i) {
    StateTensor tensor = state[i].tensor;
    tensor.assign(entries_[sources[i]].value, where);
  }
}

}  // namespace capstan
