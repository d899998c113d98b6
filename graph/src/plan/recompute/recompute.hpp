// The program that both passes of recomputation make: backward reads recomputed values in place of those of forward.
#pragma once

#include <cstdint>

#include <capstan/tensor/pod_vector.hpp>

#include "plan/program.hpp"

namespace capstan::plan {

/// Per value: the reader in backward that it is recomputed for, a number shared by the whole chain that is recomputed for
/// it; or not_recomputed.
using RecomputedFor = PodVector<std::uint32_t>;
constexpr std::uint32_t not_recomputed = none;

/// Computes each of these values once more right before the first value of backward that reads it.
Program recompute(const Program& program, const RecomputedFor& reader);

}  // namespace capstan::plan
