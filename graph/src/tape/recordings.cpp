#include "tape/recordings.hpp"

#include <algorithm>

namespace capstan {

namespace {

constexpr std::size_t most_recordings = 8;

}  // namespace

bool Recordings::switch_at(NodeId head, const NodeKey& key, const ArrayType& type) {
  Recording* const known = find(head, key, type);
  now_->last_use = ++clock_;
  Recording& next = known != nullptr ? *known : empty();
  if (known == nullptr) next.copy_prefix(*now_, head);
  next.bind_prefix(*now_, head);
  now_->release_leaves();
  next.last_use = ++clock_;
  next.next_plan = 0;
  now_ = &next;
  return known != nullptr;
}

/// Finds another recording that equals this one up to the head and has this node there. Null if there is none.
Recording* Recordings::find(NodeId head, const NodeKey& key, const ArrayType& type) const noexcept {
  const std::uint64_t structure = now_->structure_after(head, key);
  for (const auto& candidate : all_) {
    if (candidate.get() == now_ || candidate->nodes.size() <= head) continue;
    const Node& next = candidate->nodes[head];
    if (next.structure == structure && candidate->equals_any(next, key) && next.dtype == type.dtype &&
        *next.shape == type.shape && candidate->shares_prefix(*now_, head))
      return candidate.get();
  }
  return nullptr;
}

/// Returns an empty recording: a new one, or the least recently used one, cleared.
Recording& Recordings::empty() {
  if (all_.size() < most_recordings) return *all_.emplace_back(std::make_unique<Recording>());
  const auto oldest = std::min_element(all_.begin(), all_.end(),
                                       [](const auto& a, const auto& b) { return a->last_use < b->last_use; });
  (*oldest)->clear();
  return **oldest;
}

}  // namespace capstan
