// bind_pointers: turns the offsets of a plan into pointers, for one run.
#pragma once

#include "plan/plan.hpp"
#include "run/results.hpp"

namespace capstan {

/// Sets a plan's pointers to the run's memory, to leaves and to values of earlier runs.
void bind_pointers(Plan& plan, const RunMemory& memory, const Recording& recording, const Results& earlier);

}  // namespace capstan
