// to_dot: the tape as a drawing, in Graphviz' language.
//
//   std::ofstream{"tape.dot"} << to_dot(tape);     // then: dot -Tsvg tape.dot -o tape.svg
#pragma once

#include <string>

#include <capstan/graph/tape.hpp>

namespace capstan {

/// What the drawing shows beside the nodes.
struct DotOptions {
  bool groups = false;  ///< frames around the nodes that ran together, in the plans run since the last rewind
};

/// A digraph with one node for each node of the tape, labelled with op, name and shape, and an arrow from each input to
/// the nodes that use it. Leaves – the values that enter the tape from outside – are boxes; constants and numbers are
/// grey. With `groups`, each fused group of ops is a cluster; explain() says what else the plans consist of.
///
/// Cost      one pass over the tape; about 80 bytes of text a node.
/// Example   for y = 2x with a variable x of shape (2, 3):
///
///   digraph tape {
///     rankdir=BT;
///     node [fontname="Helvetica"];
///     0 [label="variable x\n(2, 3)", shape=box];
///     1 [label="2", shape=box, style=filled];
///     2 [label="multiply\n(2, 3)"];
///     0 -> 2;
///     1 -> 2;
///   }
std::string to_dot(const Tape& tape, const DotOptions& options = {});

}  // namespace capstan
