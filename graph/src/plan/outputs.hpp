// What a plan's outputs need to know of one another: which of them are copied when they are read.
#pragma once

#include "plan/plan.hpp"

namespace capstan {

/// Marks the outputs that share bytes with another one, as a view does with what it is a view of.
void mark_shared(Plan& plan);
/// Marks the outputs that are such small parts of their regions that they are copied when they are read. What is large is
/// copied out of the arena only where the plan's values are collected: that takes time.
void mark_small(Plan& plan) noexcept;

}  // namespace capstan
