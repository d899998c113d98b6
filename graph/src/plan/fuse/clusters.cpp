#include "plan/fuse/clusters.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <variant>

namespace capstan::plan {

Clusters::Clusters(const Values& values, const PodVector<ValueId>& accumulated)
    : values_{values}, accumulated_{accumulated}, sets_{FirstMember{}, nullptr} {
  states_.assign(values.size(), State{});
  parent_.resize(values.size());
  std::iota(parent_.begin(), parent_.end(), 0u);
  sets_ = Sets{FirstMember{}, parent_.data()};
}

Clusters::Kind Clusters::kind_of(ValueId v) {
  if (values_[v].is_source) return Kind::source;
  if (values_[v].is_view) return Kind::view;
  if (accumulated_[v] != none) return Kind::other;
  const Computation& computation = values_.computations[v];
  if (std::holds_alternative<Elementwise>(computation)) return Kind::elementwise;
  const auto* const fold = std::get_if<Fold>(&computation);
  if (fold == nullptr || !is_elementwise(inputs(v)[0]) || comes_late(v, inputs(v)[0])) return Kind::other;
  const std::optional<FusibleReduction> reduction = fusible_reduction_of(values_, v, *fold);
  if (!reduction) return Kind::other;
  reductions_.push_back(*reduction);
  return Kind::reduction;
}

void Clusters::place(ValueId v) {
  const Kind kind = states_[v].kind = kind_of(v);
  if (kind == Kind::source) return;
  std::uint32_t level = 0;
  for (const ValueId input : inputs(v)) level = std::max(level, states_[input].level + rise(v, input));
  states_[v].level = level;
  if (kind != Kind::elementwise) return;
  for (const ValueId input : inputs(v)) {
    if (is_elementwise(input) && states_[input].level == level && same_domain(values_[input], values_[v]))
      join(input, v);
  }
}

std::uint32_t Clusters::rise(ValueId reader, ValueId input) const {
  switch (kind(input)) {
    case Kind::source:
    case Kind::view:
      return 0;
    case Kind::elementwise:
      if (kind(reader) == Kind::reduction) return 0;
      return is_elementwise(reader) && same_domain(values_[input], values_[reader]) && !comes_late(reader, input) ? 0
                                                                                                                  : 1;
    default:
      return 1;
  }
}

}  // namespace capstan::plan
