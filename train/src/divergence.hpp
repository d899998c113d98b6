// Where a training ends because numbers are no longer finite.
#pragma once

#include <string_view>

#include <capstan/train/observer.hpp>

namespace capstan::train::detail {

/// Throws DivergenceError: what is not finite, after which step, and the cost there.
[[noreturn]] void throw_divergence(const Training& training, std::string_view what, const Step& step, double cost);

/// Checks the parameters after a step: a finite cost does not promise finite gradients.
void check_parameters(const Training& training, const Step& last);

}  // namespace capstan::train::detail
