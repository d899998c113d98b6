#include "run/results.hpp"

#include <algorithm>
#include <utility>

namespace capstan {

void Results::reserve(const Plan& plan) {
  where_.reserve(plan.outputs.size());
  if (runs_.size() == runs_.capacity()) runs_.reserve(2 * runs_.size() + 4);
}

void Results::add(Run run) noexcept {
  const auto number = static_cast<std::uint32_t>(runs_.size());
  for (const Plan::Output& output : run.plan->outputs) {
    where_.insert(output.node, {number, output.shared, output.small, output.offset});
  }
  runs_.push_back(std::move(run));
}

bool Results::add_scalars() {
  bool any = false;
  for (; singles_known_ < runs_.size(); ++singles_known_) {
    const auto number = static_cast<std::uint32_t>(singles_known_);
    const Run& run = runs_[singles_known_];
    where_.reserve(run.plan->scalars.size());
    for (const Plan::Output& scalar : run.plan->scalars) {
      if (scalar.node >= run.end || find(scalar.node) != nullptr) continue;
      where_.insert(scalar.node, {number, scalar.shared, scalar.small, scalar.offset});
      any = true;
    }
  }
  return any;
}

void Results::take_back(std::size_t first, NodeId end) noexcept {
  for (std::size_t run = first; run < runs_.size(); ++run) runs_[run].end = std::min(runs_[run].end, end);
}

}  // namespace capstan
