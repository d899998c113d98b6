// bind_pointers: from offsets to pointers, for a run.
#pragma once

#include "plan/plan.hpp"
#include "run/results.hpp"

namespace capstan {

/// Points a plan's pointers at the run's memory, at leaves and at values of earlier runs.
void bind_pointers(Plan& plan, const RunMemory& memory, const Recording& recording, const Results& earlier);

}  // namespace capstan
