// What losses need from softmax: whether it recorded their operand, and its gradient.
#pragma once

#include <cstddef>
#include <optional>
#include <source_location>

#include <capstan/graph/var.hpp>

namespace capstan {

/// The operand of the softmax along axis 0 that recorded p; nothing if another op did.
std::optional<Var> logits_of_softmax(const Operand& p);

/// y · (dy − Σ dy · y) along an axis counted from the front.
Var softmax_gradient(const Operand& y, const Operand& dy, std::size_t axis, std::source_location where);

}  // namespace capstan
