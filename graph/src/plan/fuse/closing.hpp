#pragma once

#include <optional>

#include "plan/group.hpp"

namespace capstan {

/// A fold as what closes the group of its input; null if it is one of axes that are neither the outermost nor the
/// innermost ones, or of nothing.
std::optional<Closing> closing_of(const Recording& recording, const Fold& fold, NodeId node);

}  // namespace capstan
