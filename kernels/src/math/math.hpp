// Elementary functions on Lanes, written so that a lane's result depends on that lane alone, with errors of about 1 ulp
// and the limits of IEEE 754 (±inf, NaN, signed zero, denormal numbers). tests/kernels/accuracy_test.cpp measures them, and
// operands_accuracy_test.cpp the kernels of several operands. Where no other source is named, the methods are those of
// Muller, Elementary Functions, 3rd ed. 2016.
#pragma once

#include "math/erf.hpp"
#include "math/exp.hpp"
#include "math/gradient.hpp"
#include "math/log.hpp"
#include "math/pow.hpp"
#include "math/round.hpp"
#include "math/trig.hpp"
