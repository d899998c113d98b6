#include "plan/recompute/min_cut.hpp"

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/push_relabel_max_flow.hpp>

namespace capstan {

namespace {

using Traits = boost::adjacency_list_traits<boost::vecS, boost::vecS, boost::directedS>;

struct EdgeData {
  std::int64_t capacity;
  std::int64_t residual;
  Traits::edge_descriptor reverse;
};
using Network = boost::adjacency_list<boost::vecS, boost::vecS, boost::directedS, boost::no_property, EdgeData>;
using Vertex = Traits::vertex_descriptor;

void connect(Network& network, Vertex from, Vertex to, std::int64_t capacity) {
  const auto there = boost::add_edge(from, to, {capacity, 0, {}}, network).first;
  const auto back = boost::add_edge(to, from, {0, 0, {}}, network).first;
  network[there].reverse = back;
  network[back].reverse = there;
}

/// Where what flows through a value's edge enters it, and where it leaves it.
Vertex enter(std::size_t value) { return 2 * value; }
Vertex leave(std::size_t value) { return 2 * value + 1; }

/// The vertices from which the sink can still be reached.
std::vector<bool> sides_of_sink(const Network& network, Vertex sink) {
  std::vector<bool> reached(boost::num_vertices(network), false);
  std::vector<Vertex> ahead{sink};
  reached[sink] = true;
  while (!ahead.empty()) {
    const Vertex v = ahead.back();
    ahead.pop_back();
    for (auto [e, end] = boost::out_edges(v, network); e != end; ++e) {
      const Vertex from = boost::target(*e, network);
      if (reached[from] || network[network[*e].reverse].residual == 0) continue;
      reached[from] = true;
      ahead.push_back(from);
    }
  }
  return reached;
}

}  // namespace

/// From the source comes what cannot be computed, or, at a cost,
/// the work to compute it.
std::vector<bool> MinCut::computed_again() const {
  const Vertex source = 2 * values_.size(), sink = source + 1;
  Network network{sink + 1};
  std::int64_t unlimited = 1;  // more than all that could be cut
  for (const Costs& value : values_) unlimited += value.keep + value.compute + 2;
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const Costs& value = values_[i];
    connect(network, enter(i), leave(i), value.keep == unkeepable ? unlimited : value.keep);
    if (value.compute != 0) connect(network, source, enter(i), value.compute < 0 ? unlimited : value.compute);
    if (value.needed) connect(network, leave(i), sink, unlimited);
  }
  for (const auto& [value, on] : edges_) connect(network, leave(on), enter(value), unlimited);
  boost::push_relabel_max_flow(network, source, sink, boost::get(&EdgeData::capacity, network),
                               boost::get(&EdgeData::residual, network), boost::get(&EdgeData::reverse, network),
                               boost::get(boost::vertex_index, network));
  const std::vector<bool> reached = sides_of_sink(network, sink);
  std::vector<bool> recomputed(values_.size());
  for (std::size_t i = 0; i < values_.size(); ++i) recomputed[i] = reached[enter(i)];
  return recomputed;
}

}  // namespace capstan
