// The state of an optimizer as named tensors.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <capstan/optim/optimizer.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::io {

using OptimizerState = std::vector<std::pair<std::string, Tensor>>;

OptimizerState state_of(const optim::Optimizer& optimizer);

/// Throws what Optimizer::set_state throws; nothing is written then.
void set_state(optim::Optimizer& optimizer, const OptimizerState& state, const std::source_location& where);

}  // namespace capstan::io
