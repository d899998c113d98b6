// Clipping: keeps a step short where gradients explode. Call it between `backward` and `step`.
#pragma once

#include <source_location>

#include <capstan/graph/gradients.hpp>

namespace capstan::optim {

/// Scales all gradients by one factor so that their norm – the root of the sum of the squares of all elements – is at
/// most the limit. Gradients with an element that is not finite stay as they are: the result says so.
///
/// Returns   the norm before; ∞ where it is beyond the largest number, and gradients of finite elements are scaled even
///           then.
/// Error     squares are summed in double, and neither overflow nor vanish.
/// Throws    ValueError unless the limit is finite and above 0.
/// Source    Pascanu, Mikolov, Bengio, ICML (2013).
double clip_norm(Gradients& gradients, double limit, std::source_location where = std::source_location::current());

/// Cuts every element to [−limit, limit]; NaN stays NaN. Row-sparse gradients stay so.
///
/// Cost      one pass; takes memory for each gradient that has an element beyond the limit.
/// Throws    ValueError unless the limit is finite and above 0.
void clip_value(Gradients& gradients, double limit, std::source_location where = std::source_location::current());

}  // namespace capstan::optim
