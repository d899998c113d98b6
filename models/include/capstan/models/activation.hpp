// Activation: the function g in a = g(z) that a layer ends with, by name. `activate` records it.
#pragma once

#include <cstdint>
#include <source_location>
#include <string_view>

#include <capstan/graph/var.hpp>

namespace capstan {

enum class Activation : std::uint8_t { identity, sigmoid, tanh, relu, leaky_relu, softmax };

/// "leaky_relu", and so on; "unknown" for a number that is no Activation.
std::string_view name_of(Activation activation) noexcept;

struct ActivateOptions {
  double leaky_slope = 0.01;  ///< of leaky_relu, for z < 0
};

/// A = g(Z). Softmax is taken over axis 0, the classes. For identity the result is z itself.
///
/// Shape     z's. All but softmax take any rank; softmax takes (classes, m), or (classes) for one example.
/// Throws    ShapeError for softmax of another rank; ValueError for a number that is no Activation, and where z is not
///           on a tape; what g throws.
Var activate(const Operand& z, Activation activation, const ActivateOptions& options = {},
             std::source_location where = std::source_location::current());

}  // namespace capstan
