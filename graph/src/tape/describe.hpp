// Names of nodes in the texts of errors and in drawings.
#pragma once

#include <string>
#include <string_view>

#include "tape/recording.hpp"

namespace capstan {

/// The name of a variable or parameter; empty for all other nodes.
std::string_view name_of(const Recording& recording, NodeId id);
/// `parameter "W1" (512, 784)`, or `(600, 128), recorded by transpose at train.cpp:40`.
std::string describe(const Recording& recording, NodeId id);

}  // namespace capstan
