#include <capstan/graph/tape_graph.hpp>

#include <algorithm>
#include <iterator>
#include <vector>

#include <boost/graph/breadth_first_search.hpp>
#include <boost/graph/dag_shortest_paths.hpp>
#include <boost/graph/graph_concepts.hpp>
#include <boost/graph/reverse_graph.hpp>
#include <boost/graph/topological_sort.hpp>

#include <capstan/graph/tape.hpp>
#include <capstan/ops/activations.hpp>
#include <capstan/ops/arithmetic.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

using Index = TapeGraph::Index;

BOOST_CONCEPT_ASSERT((boost::VertexListGraphConcept<TapeGraph>));
BOOST_CONCEPT_ASSERT((boost::EdgeListGraphConcept<TapeGraph>));
BOOST_CONCEPT_ASSERT((boost::IncidenceGraphConcept<TapeGraph>));
BOOST_CONCEPT_ASSERT((boost::BidirectionalGraphConcept<TapeGraph>));
BOOST_CONCEPT_ASSERT((boost::AdjacencyGraphConcept<TapeGraph>));
BOOST_CONCEPT_ASSERT((boost::ReadablePropertyGraphConcept<TapeGraph, Index, boost::vertex_index_t>));
BOOST_CONCEPT_ASSERT((boost::ReadablePropertyGraphConcept<TapeGraph, TapeGraph::Edge, boost::edge_index_t>));

/// The fragment of the notes: u = ab, v = ac, w = b + c, J = u + v − w; and s = a·a, which leads nowhere.
struct Fragment {
  Tape tape;
  Var a = tape.variable(Tensor::scalar(5.0), "a");
  Var b = tape.variable(Tensor::scalar(3.0), "b");
  Var c = tape.variable(Tensor::scalar(2.0), "c");
  Var u = a * b, v = a * c, w = b + c;
  Var uv = u + v, J = uv - w;
  Var s = a * a;
};

std::vector<Index> distances(const auto& graph, Index from) {
  std::vector<Index> distance(num_vertices(graph), 99);
  distance[from] = 0;
  boost::breadth_first_search(
      graph, from,
      boost::visitor(boost::make_bfs_visitor(boost::record_distances(distance.data(), boost::on_tree_edge{}))));
  return distance;
}

}  // namespace

TEST_CASE("A topological sort puts every operand behind its users") {
  Fragment f;
  const TapeGraph graph{f.tape};
  std::vector<Index> order;
  boost::topological_sort(graph, std::back_inserter(order));
  REQUIRE(order.size() == f.tape.size());
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  for (auto [e, end] = edges(graph); e != end; ++e) CHECK(place[source(*e, graph)] > place[target(*e, graph)]);
}

TEST_CASE("A breadth-first search from a leaf finds what depends on it, and how far away") {
  Fragment f;
  const TapeGraph graph{f.tape};
  const std::vector<Index> from_a = distances(graph, f.a.id());
  CHECK(from_a[f.u.id()] == 1);
  CHECK(from_a[f.v.id()] == 1);
  CHECK(from_a[f.s.id()] == 1);
  CHECK(from_a[f.uv.id()] == 2);
  CHECK(from_a[f.J.id()] == 3);
  CHECK(from_a[f.w.id()] == 99);
  CHECK(from_a[f.b.id()] == 99);
}

TEST_CASE("On the reversed graph a search finds what a value needs") {
  Fragment f;
  const TapeGraph graph{f.tape};
  const std::vector<Index> from_cost = distances(boost::make_reverse_graph(graph), f.J.id());
  CHECK(from_cost[f.w.id()] == 1);
  CHECK(from_cost[f.b.id()] == 2);
  CHECK(from_cost[f.a.id()] == 3);
  CHECK(from_cost[f.s.id()] == 99);
}

TEST_CASE("Edges come one for each operand, in the operands' order") {
  Fragment f;
  const TapeGraph graph{f.tape};
  CHECK(num_vertices(graph) == 9);
  CHECK(num_edges(graph) == 12);
  CHECK(std::distance(edges(graph).first, edges(graph).second) == 12);
  std::vector<Index> operands;
  for (auto [e, end] = in_edges(f.J.id(), graph); e != end; ++e) operands.push_back(source(*e, graph));
  CHECK(operands == std::vector<Index>{f.uv.id(), f.w.id()});
  CHECK(in_degree(f.a.id(), graph) == 0);
  CHECK(out_degree(f.J.id(), graph) == 0);
  CHECK(degree(f.u.id(), graph) == 3);
}

TEST_CASE("An operand that is used twice has two edges that are not equal") {
  Fragment f;
  const TapeGraph graph{f.tape};
  const auto [first, end] = in_edges(f.s.id(), graph);
  REQUIRE(end - first == 2);
  CHECK(source(first[0], graph) == f.a.id());
  CHECK(source(first[1], graph) == f.a.id());
  CHECK_FALSE(*first == *std::next(first));
  CHECK(get(boost::edge_index, graph, *first) + 1 == get(boost::edge_index, graph, *std::next(first)));
  const auto [user, last] = adjacent_vertices(f.a.id(), graph);
  std::vector<Index> users(user, last);
  std::ranges::sort(users);
  CHECK(users == std::vector<Index>{f.u.id(), f.v.id(), f.s.id(), f.s.id()});
}

TEST_CASE("Edges out of a node are the edges into its users") {
  Fragment f;
  const TapeGraph graph{f.tape};
  std::size_t out = 0;
  for (auto [v, v_end] = vertices(graph); v != v_end; ++v) {
    for (auto [e, e_end] = out_edges(*v, graph); e != e_end; ++e, ++out) {
      CHECK(source(*e, graph) == *v);
      const auto [first, last] = in_edges(target(*e, graph), graph);
      CHECK(std::find(first, last, *e) != last);
    }
  }
  CHECK(out == num_edges(graph));
}

TEST_CASE("The longest path through the tape is found by Boost.Graph") {
  Fragment f;
  const TapeGraph graph{f.tape};
  std::vector<int> distance(num_vertices(graph)), weight(num_edges(graph), -1);
  const auto weights = boost::make_iterator_property_map(weight.begin(), get(boost::edge_index, graph));
  boost::dag_shortest_paths(graph, f.a.id(), boost::distance_map(distance.data()).weight_map(weights));
  CHECK(distance[f.J.id()] == -3);
}

TEST_CASE("A graph keeps what the tape held when it was made") {
  Fragment f;
  const TapeGraph graph{f.tape};
  const TapeGraph copy = graph;
  f.tape.rewind();
  (void)f.tape.variable(Tensor::scalar(1.0));
  CHECK(num_vertices(graph) == 9);
  CHECK(num_edges(copy) == 12);
  CHECK(num_vertices(TapeGraph{f.tape}) == 1);
  CHECK(num_edges(TapeGraph{Tape{}}) == 0);
}

TEST_CASE("A long chain is sorted without a deep stack of ours") {
  Tape tape;
  Var x = tape.variable(Tensor::zeros({}), "x");
  for (int i = 0; i < 100'000; ++i) x = tanh(x);
  const TapeGraph graph{tape};
  CHECK(distances(graph, 0)[x.id()] == 100'000);
}
