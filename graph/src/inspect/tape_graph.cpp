#include <capstan/graph/tape_graph.hpp>

#include <numeric>

namespace capstan {

TapeGraph::TapeGraph(const Tape& tape) {
  const auto nodes = static_cast<Index>(tape.size());
  first_input_.reserve(nodes + std::size_t{1});
  first_input_.push_back(0);
  first_use_.assign(nodes + std::size_t{1}, 0);
  for (Index v = 0; v < nodes; ++v) {
    for (const Index input : tape.node(v).inputs()) {
      sources_.push_back(input);
      targets_.push_back(v);
      ++first_use_[input + 1];
    }
    first_input_.push_back(edge_count());
  }
  std::partial_sum(first_use_.begin(), first_use_.end(), first_use_.begin());
  uses_.resize(edge_count());
  std::vector<Index> next(first_use_.begin(), first_use_.end() - 1);
  for (Index e = 0; e < edge_count(); ++e) uses_[next[sources_[e]]++] = e;
}

}  // namespace capstan
