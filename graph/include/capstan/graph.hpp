// The graph room: tensors and the tape. The view for Boost.Graph is by itself, in <capstan/graph/tape_graph.hpp>, since
// Boost.Graph takes seconds to compile.
#pragma once

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/custom_op.hpp>
#include <capstan/graph/dot.hpp>
#include <capstan/graph/dtype.hpp>
#include <capstan/graph/error.hpp>
#include <capstan/graph/format.hpp>
#include <capstan/graph/gradients.hpp>
#include <capstan/graph/op.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/rng.hpp>
#include <capstan/graph/shape.hpp>
#include <capstan/graph/sizes.hpp>
#include <capstan/graph/storage.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/graph/tensor.hpp>
#include <capstan/graph/threads.hpp>
#include <capstan/graph/var.hpp>
