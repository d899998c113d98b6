#include "plan/recompute/recompute.hpp"

#include <algorithm>

#include <boost/container/small_vector.hpp>

namespace capstan {

namespace {

class Rewriter {
 public:
  Rewriter(const PlanRequest& request, const Work& work, const Again& again)
      : request_{request}, recording_{request.recording}, work_{work}, again_{again}, rewrite_{request} {}

  Rewrite rewrite() {
    made_.resize(work_.needed.size());
    copies_.assign(work_.needed.size(), no_node);
    for (std::uint32_t i = 0; i < work_.needed.size(); ++i) {
      const bool backward = work_.is_backward[i];
      if (backward) {
        for (const NodeId input : inputs(i)) copy(at(input));
      }
      made_[i] = push(i, [&](std::uint32_t input) { return backward && again_[input] != not_again; });
    }
    for (const NodeId id : request_.wanted) rewrite_.want(made_[at(id)]);
    return std::move(rewrite_);
  }

 private:
  std::uint32_t at(NodeId id) const { return request_.positions[id]; }
  std::span<const NodeId> inputs(std::uint32_t i) const {
    if (work_.is_source[i]) return {};
    return recording_.inputs(recording_.nodes[work_.needed[i]]);
  }

  template <class TakesCopy>
  NodeId push(std::uint32_t i, TakesCopy takes_copy) {
    boost::container::small_vector<NodeId, 8> from;
    for (const NodeId input : inputs(i)) from.push_back(takes_copy(at(input)) ? copies_[at(input)] : made_[at(input)]);
    return rewrite_.push(work_.needed[i], {from.data(), from.size()});
  }

  /// The value and what it is made of, in the order in which they were recorded.
  void copy(std::uint32_t wanted) {
    if (again_[wanted] == not_again || copies_[wanted] != no_node) return;
    const std::uint32_t reader = again_[wanted];
    std::vector<std::uint32_t> missing{wanted};
    copies_[wanted] = wanted;  // it is in the list
    for (std::size_t k = 0; k < missing.size(); ++k) {
      for (const NodeId input : inputs(missing[k])) {
        if (again_[at(input)] != reader || copies_[at(input)] != no_node) continue;
        copies_[at(input)] = at(input);
        missing.push_back(at(input));
      }
    }
    std::sort(missing.begin(), missing.end());
    for (const std::uint32_t i : missing) {
      copies_[i] = push(i, [&](std::uint32_t input) { return again_[input] == reader; });
      rewrite_.node(copies_[i]).again = true;
      rewrite_.node(copies_[i]).keep = Keep::no;
    }
  }

  const PlanRequest& request_;
  const Recording& recording_;
  const Work& work_;
  const Again& again_;
  Rewrite rewrite_;
  PodVector<NodeId> made_, copies_;  // of each needed node, in the rewrite
};

}  // namespace

Rewrite rewrite_again(const PlanRequest& request, const Work& work, const Again& again) {
  return Rewriter{request, work, again}.rewrite();
}

}  // namespace capstan
