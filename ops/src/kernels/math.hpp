// Elementary functions on Lanes, written so that a lane's result depends on that lane alone, with errors of about 1 ulp
// and the limits of IEEE 754 (±inf, NaN, signed zero, denormal numbers). tests/ops/accuracy_test.cpp measures them, and
// operands_accuracy_test.cpp the kernels of several operands. Where no other source is named, the methods are those of
// Muller, Elementary Functions, 3rd ed. 2016.
#pragma once

#include "kernels/math_erf.hpp"
#include "kernels/math_exp.hpp"
#include "kernels/math_gradient.hpp"
#include "kernels/math_log.hpp"
#include "kernels/math_pow.hpp"
#include "kernels/math_round.hpp"
#include "kernels/math_trig.hpp"
