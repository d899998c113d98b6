// Decision: how the outputs of a model become its answer for each example. `predict`, train::accuracy and the
// accuracy that train::fit reports all decide by `decide`.
#pragma once

#include <concepts>
#include <cstdint>
#include <source_location>
#include <string_view>

#include <capstan/tensor/tensor.hpp>

namespace capstan::models {

enum class Decision : std::uint8_t {
  none,        ///< the outputs say no classes: they are the answer themselves
  above_half,  ///< each output by itself: 1 where it is above 0.5, else 0
  largest,     ///< the class of the largest output of each example, the first of several
};

/// "above_half", and so on; "unknown" for a number that is no Decision.
std::string_view name_of(Decision decision) noexcept;

/// The answers for the m examples that the outputs (units, m) stand for.
///
/// Shape     none, above_half: the outputs', in their dtype; largest: (m) of i32.
/// Range     what is not known is never a class: above_half gives NaN where the output is NaN, largest −1 for an
///           example of which any output is NaN.
/// Throws    ShapeError for outputs that are not of rank 2, and for largest of no units; ValueError for a number that is
///           no Decision.
Tensor decide(const Tensor& outputs, Decision decision, std::source_location where = std::source_location::current());

/// Returns what the model's member `decision() const` returns; Decision::none if it has no such member.
template <class Model>
Decision decision_of(const Model& model) {
  if constexpr (requires {
                  { model.decision() } -> std::same_as<Decision>;
                }) {
    return model.decision();
  } else {
    return Decision::none;
  }
}

}  // namespace capstan::models
