// Where tapes live. The memory of a tape that is gone is kept for later tapes and never freed, so that a Var which outlives
// its tape can look there, and finds that its generation is over.
#pragma once

#include <capstan/graph/tape.hpp>

namespace capstan {

/// Makes a tape's state in a home of its own.
TapeStatePtr make_tape_state(const TapeOptions& options);

}  // namespace capstan
