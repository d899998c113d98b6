#include "gradient_sets.hpp"

#include <utility>

#include <capstan/tensor/tensor_access.hpp>

#include "tape/leaf.hpp"

namespace capstan {

GradientSets::SetPtr GradientSets::take() {
  constexpr std::size_t most_known = 8;
  SetPtr set;
  for (const SetPtr& known : known_) {
    if (known->use_count() == 1) set = known;
  }
  if (set) return set;
  set = new Gradients::Set;
  if (known_.size() < most_known) known_.push_back(set);
  return set;
}

Gradients GradientSets::collect(const GradientSegment& segment, const Recorder& recorder, Values& values,
                                std::source_location where) {
  SetPtr set = take();
  set->entries.resize(segment.results.size());
  for (std::size_t i = 0; i < segment.results.size(); ++i) {
    const GradientSegment::Result& result = segment.results[i];
    const Node& leaf = recorder.node(result.leaf);
    const std::optional<Parameter>& parameter = recorder.now().leaves[leaf.detail].parameter;
    Gradients::Entry& entry = set->entries[i];
    if (entry.parameter != parameter) entry.parameter = parameter;
    entry.leaf = recorder.var(result.leaf);
    const bool is_read =
        is_leaf(*recorder.node(result.gradient).op);  // a leaf, whose memory may have been written since
    values.show(result.gradient, !result.shared, entry.value, is_read ? leaf.where : where);
  }
  Gradients gradients;
  gradients.set_ = std::move(set);
  return gradients;
}

void GradientSets::rewind() noexcept {
  for (const SetPtr& set : known_) {
    if (set->use_count() > 1) continue;
    for (Gradients::Entry& entry : set->entries) TensorAccess::move_to(entry.value, {}, nullptr);
  }
}

}  // namespace capstan
