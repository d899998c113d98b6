// Converts Integers to words of an op's attributes, one word each.
#pragma once

#include <capstan/graph/extents.hpp>
#include <capstan/ops/integers.hpp>

namespace capstan {

inline IntegerWords words_of(const detail::Integers& numbers) { return IntegerWords{{numbers.begin(), numbers.end()}}; }

}  // namespace capstan
