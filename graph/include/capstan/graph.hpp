// The graph room: the tape, and the tensors that it computes with. The view for Boost.Graph is by itself, in <capstan/graph/tape_graph.hpp>, since
// Boost.Graph takes seconds to compile.
#pragma once

#include <capstan/graph/buffer.hpp>
#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/computation.hpp>
#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/description.hpp>
#include <capstan/graph/dot.hpp>
#include <capstan/graph/gradients.hpp>
#include <capstan/graph/node_view.hpp>
#include <capstan/graph/op.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/state_tensor.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/tensor.hpp>
