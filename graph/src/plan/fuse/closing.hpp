#pragma once

#include <optional>

#include "plan/group.hpp"

namespace capstan {

/// The node as what closes the group of its input; null if it is no reduction, or one of axes that are neither the
/// outermost nor the innermost ones, or of nothing.
std::optional<Closing> closing_of(const Recording& recording, NodeId node);

}  // namespace capstan
