// The memory of tapes. That of a destroyed tape is kept for later tapes and never freed, so that a Var which outlives
// its tape can look there and find that its generation is over.
#pragma once

#include <capstan/graph/tape.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

/// Constructs a tape's state in a home of its own.
TapeStatePtr make_tape_state(const TapeOptions& options);

}  // namespace capstan
