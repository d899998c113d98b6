#include "tape/segments.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace capstan {

const GradientSegment* GradientSegments::find(NodeId begin, NodeId y, NodeId x, NodeId dy) const noexcept {
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
  found_.reserve(all_.size() + 1);
  if (const GradientSegment* const old = find(made.begin, made.y, made.x, made.dy); old != nullptr) {
    return all_[static_cast<std::size_t>(old - all_.data())] = std::move(made);
  }
  const auto after = std::upper_bound(all_.begin(), all_.end(), made.begin,
                                      [](NodeId begin, const GradientSegment& s) { return begin < s.begin; });
  return *all_.insert(after, std::move(made));
}

void GradientSegments::truncate(NodeId size) noexcept {
  std::erase_if(all_, [size](const GradientSegment& segment) { return segment.end > size; });
}

void GradientSegments::pass(const GradientSegment& s, std::source_location where) noexcept {
  if (s.begin < s.end) found_.push_back({s.y, s.x, s.dy, s.begin, s.end, where});
}

void GradientSegments::take_back(NodeId head) noexcept {
  while (!found_.empty() && found_.back().end > head) found_.pop_back();
}

std::optional<GradientSegments::Line> GradientSegments::line(NodeId id) const noexcept {
  const auto after =
      std::upper_bound(found_.begin(), found_.end(), id, [](NodeId at, const Found& f) { return at < f.begin; });
  if (after == found_.begin()) return {};
  const Found& at = *std::prev(after);
  if (id >= at.end) return {};
  return Line{find(at.begin, at.y, at.x, at.dy)->origins[id - at.begin], at.where};
}

}  // namespace capstan
