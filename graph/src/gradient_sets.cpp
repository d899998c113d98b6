#include "gradient_sets.hpp"

#include <utility>

#include <capstan/tensor/tensor_access.hpp>
#include <capstan/tensor/threads.hpp>

#include "row_gradient.hpp"
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
                                const TapeOptions& options, std::source_location where) {
  SetPtr set = take();
  set->entries.resize(segment.results.size());
  auto next = set->entries.begin();
  for (const GradientSegment::Result& result : segment.results) {
    const Node& leaf = recorder.node(result.leaf);
    const std::optional<Parameter>& parameter = recorder.now().leaves[leaf.detail].parameter;
    Gradients::Entry& entry = *next++;
    if (entry.parameter != parameter) entry.parameter = parameter;
    entry.leaf = recorder.var(result.leaf);
    if (result.first_rows != result.end_rows) {
      collect_rows(entry, result, segment, recorder, values, options, where);
      continue;
    }
    if (entry.rows_) entry.set_dense({});
    const bool is_read = is_leaf(*recorder.node(result.gradient).op);  // what may have been written since
    values.show(result.gradient, !result.shared, entry.value_, is_read ? leaf.where : where);
  }
  Gradients gradients;
  gradients.set_ = std::move(set);
  return gradients;
}

/// The rows that lead to one leaf, put together.
void GradientSets::collect_rows(Gradients::Entry& entry, const GradientSegment::Result& result,
                                const GradientSegment& segment, const Recorder& recorder, const Values& values,
                                const TapeOptions& options, std::source_location where) {
  const Node& leaf = recorder.node(result.leaf);
  RowGradient& gradient = entry.writable_rows(*leaf.shape, leaf.dtype);
  gradient.begin();
  for (const auto& [rows, indices] :
       std::span{segment.rows}.subspan(result.first_rows, result.end_rows - result.first_rows))
    gradient.add(values.lying(indices, where), values.lying(rows, where), where);
  gradient.finish(options.threads == 0 ? threads() : options.threads);
}

void GradientSets::rewind() noexcept {
  for (const SetPtr& set : known_) {
    if (set->use_count() > 1) continue;
    for (Gradients::Entry& entry : set->entries) TensorAccess::move_to(entry.value_, {}, nullptr);
  }
}

}  // namespace capstan
