// The list of all elementwise operations; tape.cpp makes an Op of each. Their kernels are in a list of their own
// (capstan/kernels/elementwise/list.hpp).
#pragma once

#include "elementwise/abs.hpp"
#include "elementwise/add.hpp"
#include "elementwise/binary_cross_entropy.hpp"
#include "elementwise/binary_cross_entropy_with_logits.hpp"
#include "elementwise/ceil.hpp"
#include "elementwise/chain.hpp"
#include "elementwise/choice_gradient.hpp"
#include "elementwise/clamp.hpp"
#include "elementwise/cos.hpp"
#include "elementwise/cut_log.hpp"
#include "elementwise/divide.hpp"
#include "elementwise/elu.hpp"
#include "elementwise/equal.hpp"
#include "elementwise/erf.hpp"
#include "elementwise/exp.hpp"
#include "elementwise/expm1.hpp"
#include "elementwise/floor.hpp"
#include "elementwise/floor_divide.hpp"
#include "elementwise/gaussian.hpp"
#include "elementwise/gelu.hpp"
#include "elementwise/greater.hpp"
#include "elementwise/greater_equal.hpp"
#include "elementwise/is_finite.hpp"
#include "elementwise/is_nan.hpp"
#include "elementwise/leaky_relu.hpp"
#include "elementwise/less.hpp"
#include "elementwise/less_equal.hpp"
#include "elementwise/log.hpp"
#include "elementwise/log1p.hpp"
#include "elementwise/maximum.hpp"
#include "elementwise/minimum.hpp"
#include "elementwise/multiply.hpp"
#include "elementwise/negate.hpp"
#include "elementwise/not_equal.hpp"
#include "elementwise/pow.hpp"
#include "elementwise/reciprocal.hpp"
#include "elementwise/relu.hpp"
#include "elementwise/round.hpp"
#include "elementwise/sigmoid.hpp"
#include "elementwise/sigmoid_slope.hpp"
#include "elementwise/sign.hpp"
#include "elementwise/silu.hpp"
#include "elementwise/sin.hpp"
#include "elementwise/softplus.hpp"
#include "elementwise/sqrt.hpp"
#include "elementwise/square.hpp"
#include "elementwise/squared_error.hpp"
#include "elementwise/subtract.hpp"
#include "elementwise/tanh.hpp"
#include "elementwise/where.hpp"

namespace capstan::elementwise {

template <class... S>
struct List {};

using All =
    List<Abs, AbsGradient, Add, BinaryCrossEntropy, BinaryCrossEntropyOfSigmoid, BinaryCrossEntropyWithLogits, Ceil,
         ChoiceGradient, Clamp, ClampGradient, Cos, CutLog, Divide, DivideGradient, DivisorGradient, Elu, EluGradient,
         Equal, Erf, Exp, ExpGradient, Expm1, Floor, FloorDivide, GaussianGradient, Gelu, GeluGradient, Greater,
         GreaterEqual, IsFinite, IsNan, LeakyRelu, LeakyReluGradient, Less, LessEqual, Log, Log1p, Maximum,
         MaximumGradient, Minimum, Multiply, MultiplyGradient, Negate, NotEqual, Pow, PowExponentGradient, PowGradient,
         Reciprocal, Relu, ReluGradient, Round, ShiftedPower, Sigmoid, SigmoidError, SigmoidGradient,
         SigmoidSlopeGradient, Sign, Silu, SiluGradient, Sin, Softplus, SoftplusGradient, Sqrt, SqrtGradient, Square,
         SquareGradient, SquaredError, SquaredErrorGradient, Subtract, Tanh, TanhGradient, Where>;

}  // namespace capstan::elementwise
