// least_squares: the linear fit that a net has to beat.
#pragma once

#include <capstan/tensor/tensor.hpp>

namespace examples {

/// The θ (n, 1) of least norm among those that minimise ‖θᵀX − Y‖² for X (n, m) and Y (1, m), both f64. Features that
/// depend on each other linearly, as one-hot columns do, do no harm.
///
/// Method    conjugate gradients on the normal equations, without forming them.
/// Source    Hestenes and Stiefel, J. Res. Natl. Bur. Stand. 49 (1952), section 10.
capstan::Tensor least_squares(const capstan::Tensor& X, const capstan::Tensor& Y);

}  // namespace examples
