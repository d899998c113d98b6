// Elementwise operations as the tape sees them.
#pragma once

#include <span>

#include <capstan/graph/op.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan::elementwise {

using OpFunction = const Op& (*)() noexcept;

/// Functions that give every elementwise op, in the order of the list.
std::span<const OpFunction> all_ops() noexcept;

}  // namespace capstan::elementwise
