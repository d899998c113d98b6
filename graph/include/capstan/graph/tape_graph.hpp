// TapeGraph: the tape as a graph that Boost.Graph's algorithms take. An edge follows the data: it leads from a node to
// one that is computed from it, once for each time that it is an operand, so that x * x has two edges from x. The edges
// out of a node lead to its users, those into it come from its operands, in their order.
//
//   const TapeGraph graph{tape};
//   std::vector<TapeGraph::vertex_descriptor> order;
//   boost::topological_sort(graph, std::back_inserter(order));     // users first, as Boost.Graph has it
//
// The vertices are the tape's nodes, 0 … size − 1; what they are, tape.node(vertex) says. For the other direction
// there is boost::make_reverse_graph. This header is not part of <capstan/capstan.hpp>: it needs Boost.Graph's headers.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <boost/graph/graph_traits.hpp>
#include <boost/graph/properties.hpp>
#include <boost/iterator/counting_iterator.hpp>
#include <boost/iterator/iterator_adaptor.hpp>
#include <boost/iterator/iterator_facade.hpp>
#include <boost/property_map/property_map.hpp>

#include <capstan/graph/tape.hpp>

namespace capstan {

/// The nodes of a tape at the time of construction; later recording does not change the graph.
///
/// Models    VertexListGraph, EdgeListGraph, BidirectionalGraph, AdjacencyGraph; vertex_index and edge_index.
/// Cost      made in one pass over the tape; 8 bytes a node and 12 an edge. Every function below takes constant time.
class TapeGraph {
 public:
  using Index = std::uint32_t;

  /// From a node to one that is computed from it.
  struct Edge {
    Index source = 0;
    Index target = 0;
    Index number = 0;  ///< of all edges, ordered by target and operand

    friend auto operator<=>(const Edge& a, const Edge& b) noexcept { return a.number <=> b.number; }
    friend bool operator==(const Edge& a, const Edge& b) noexcept { return a.number == b.number; }
  };

  /// Walks a range of edges: those of consecutive numbers, or those whose numbers are listed.
  class EdgeIterator
      : public boost::iterator_facade<EdgeIterator, Edge, boost::random_access_traversal_tag, Edge, std::ptrdiff_t> {
   public:
    EdgeIterator() = default;
    EdgeIterator(const TapeGraph& graph, const std::vector<Index>* numbers, Index position) noexcept
        : graph_{&graph}, numbers_{numbers}, position_{position} {}

   private:
    friend class boost::iterator_core_access;
    Edge dereference() const { return graph_->edge(numbers_ == nullptr ? position_ : (*numbers_)[position_]); }
    bool equal(const EdgeIterator& other) const noexcept { return position_ == other.position_; }
    void increment() noexcept { ++position_; }
    void decrement() noexcept { --position_; }
    void advance(std::ptrdiff_t n) noexcept { position_ = static_cast<Index>(position_ + n); }
    std::ptrdiff_t distance_to(const EdgeIterator& other) const noexcept {
      return std::ptrdiff_t{other.position_} - std::ptrdiff_t{position_};
    }

    const TapeGraph* graph_ = nullptr;
    const std::vector<Index>* numbers_ = nullptr;
    Index position_ = 0;
  };

  /// Walks the users of a node; one that uses it twice comes twice.
  class UserIterator : public boost::iterator_adaptor<UserIterator, EdgeIterator, Index, boost::use_default, Index> {
   public:
    UserIterator() = default;
    explicit UserIterator(EdgeIterator edge) : iterator_adaptor_{edge} {}

   private:
    friend class boost::iterator_core_access;
    Index dereference() const { return (*base()).target; }
  };

  struct Category : boost::bidirectional_graph_tag,
                    boost::vertex_list_graph_tag,
                    boost::edge_list_graph_tag,
                    boost::adjacency_graph_tag {};

  // The names that Boost.Graph looks for.
  using vertex_descriptor = Index;
  using edge_descriptor = Edge;
  using directed_category = boost::bidirectional_tag;
  using edge_parallel_category = boost::allow_parallel_edge_tag;
  using traversal_category = Category;
  using vertices_size_type = Index;
  using edges_size_type = Index;
  using degree_size_type = Index;
  using vertex_iterator = boost::counting_iterator<Index>;
  using edge_iterator = EdgeIterator;
  using out_edge_iterator = EdgeIterator;
  using in_edge_iterator = EdgeIterator;
  using adjacency_iterator = UserIterator;
  static vertex_descriptor null_vertex() noexcept { return UINT32_MAX; }

  explicit TapeGraph(const Tape& tape);

  Index size() const noexcept { return first_input_.empty() ? 0 : static_cast<Index>(first_input_.size() - 1); }
  Index edge_count() const noexcept { return static_cast<Index>(sources_.size()); }
  Edge edge(Index number) const noexcept { return {sources_[number], targets_[number], number}; }

  friend std::pair<vertex_iterator, vertex_iterator> vertices(const TapeGraph& g) {
    return {vertex_iterator{0}, vertex_iterator{g.size()}};
  }
  friend Index num_vertices(const TapeGraph& g) noexcept { return g.size(); }
  friend std::pair<EdgeIterator, EdgeIterator> edges(const TapeGraph& g) { return g.range(nullptr, 0, g.edge_count()); }
  friend Index num_edges(const TapeGraph& g) noexcept { return g.edge_count(); }
  friend Index source(const Edge& e, const TapeGraph&) noexcept { return e.source; }
  friend Index target(const Edge& e, const TapeGraph&) noexcept { return e.target; }

  friend std::pair<EdgeIterator, EdgeIterator> out_edges(Index v, const TapeGraph& g) {
    return g.range(&g.uses_, g.first_use_[v], g.first_use_[v + 1]);
  }
  friend Index out_degree(Index v, const TapeGraph& g) noexcept { return g.first_use_[v + 1] - g.first_use_[v]; }
  friend std::pair<EdgeIterator, EdgeIterator> in_edges(Index v, const TapeGraph& g) {
    return g.range(nullptr, g.first_input_[v], g.first_input_[v + 1]);
  }
  friend Index in_degree(Index v, const TapeGraph& g) noexcept { return g.first_input_[v + 1] - g.first_input_[v]; }
  friend Index degree(Index v, const TapeGraph& g) noexcept { return in_degree(v, g) + out_degree(v, g); }
  friend std::pair<UserIterator, UserIterator> adjacent_vertices(Index v, const TapeGraph& g) {
    const auto [first, last] = out_edges(v, g);
    return {UserIterator{first}, UserIterator{last}};
  }
  // Iterators look into their graph, which must outlive them.
  friend void edges(const TapeGraph&&) = delete;
  friend void out_edges(Index, const TapeGraph&&) = delete;
  friend void in_edges(Index, const TapeGraph&&) = delete;
  friend void adjacent_vertices(Index, const TapeGraph&&) = delete;

 private:
  std::pair<EdgeIterator, EdgeIterator> range(const std::vector<Index>* numbers, Index first, Index last) const {
    return {EdgeIterator{*this, numbers, first}, EdgeIterator{*this, numbers, last}};
  }

  // Edge e leads from sources_[e] to targets_[e]. The edges into v are first_input_[v] … first_input_[v + 1] − 1; those
  // out of v are listed in uses_, at first_use_[v] … first_use_[v + 1] − 1.
  std::vector<Index> first_input_, sources_, targets_;
  std::vector<Index> first_use_, uses_;
};

namespace detail {

using TapeVertexIndex = boost::typed_identity_property_map<TapeGraph::Index>;

struct TapeEdgeIndex : boost::put_get_helper<TapeGraph::Index, TapeEdgeIndex> {
  using key_type = TapeGraph::Edge;
  using value_type = TapeGraph::Index;
  using reference = TapeGraph::Index;
  using category = boost::readable_property_map_tag;
  reference operator[](const key_type& edge) const noexcept { return edge.number; }
};

}  // namespace detail

inline detail::TapeVertexIndex get(boost::vertex_index_t, const TapeGraph&) noexcept { return {}; }
inline TapeGraph::Index get(boost::vertex_index_t, const TapeGraph&, TapeGraph::Index v) noexcept { return v; }
inline detail::TapeEdgeIndex get(boost::edge_index_t, const TapeGraph&) noexcept { return {}; }
inline TapeGraph::Index get(boost::edge_index_t, const TapeGraph&, const TapeGraph::Edge& e) noexcept {
  return e.number;
}

}  // namespace capstan

template <>
struct boost::property_map<capstan::TapeGraph, boost::vertex_index_t> {
  using type = capstan::detail::TapeVertexIndex;
  using const_type = capstan::detail::TapeVertexIndex;
};

template <>
struct boost::property_map<capstan::TapeGraph, boost::edge_index_t> {
  using type = capstan::detail::TapeEdgeIndex;
  using const_type = capstan::detail::TapeEdgeIndex;
};
