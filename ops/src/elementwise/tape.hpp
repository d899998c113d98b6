// Elementwise operations as the tape sees them.
#pragma once

#include <initializer_list>
#include <span>
#include <string_view>

#include <capstan/graph/op.hpp>

namespace capstan::elementwise {

using OpFunction = const Op& (*)() noexcept;

/// Functions that give every elementwise op, in the order of the list.
std::span<const OpFunction> all_ops() noexcept;

/// The shape rule of all of them: one dtype, and the shape to which all inputs broadcast.
ArrayType infer(const Signature& signature, std::initializer_list<std::string_view> inputs, bool integers);

}  // namespace capstan::elementwise
