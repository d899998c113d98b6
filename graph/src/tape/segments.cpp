#include "tape/segments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace capstan {

GradientSegment* GradientSegments::find(NodeId begin, NodeId y, NodeId x, NodeId dy) noexcept {
  auto at = std::lower_bound(all_.begin(), all_.end(), begin,
                             [](const GradientSegment& s, NodeId head) { return s.begin < head; });
  for (; at != all_.end() && at->begin == begin; ++at) {
    if (at->y == y && at->x == x && at->dy == dy) return &*at;
  }
  return nullptr;
}

const GradientSegment* GradientSegments::last_before(NodeId id) const noexcept {
  const auto after =
      std::upper_bound(all_.begin(), all_.end(), id, [](NodeId at, const GradientSegment& s) { return at < s.begin; });
  return after == all_.begin() ? nullptr : &*std::prev(after);
}

const GradientSegment& GradientSegments::keep(GradientSegment&& made) {
  if (GradientSegment* const old = find(made.begin, made.y, made.x, made.dy); old != nullptr) {
    *old = std::move(made);
    return *old;
  }
  const auto after = std::upper_bound(all_.begin(), all_.end(), made.begin,
                                      [](NodeId begin, const GradientSegment& s) { return begin < s.begin; });
  return *all_.insert(after, std::move(made));
}

void GradientSegments::truncate(NodeId size) noexcept {
  std::erase_if(all_, [size](const GradientSegment& segment) { return segment.end > size; });
}

}  // namespace capstan
