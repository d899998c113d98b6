// Every elementwise kernel, once. The list is instantiated once for each instruction set (kernels/elementwise_loops.hpp);
// its operations stand in a list of their own (elementwise/list.hpp).
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/elementwise/abs.hpp"
#include "kernels/elementwise/add.hpp"
#include "kernels/elementwise/binary_cross_entropy.hpp"
#include "kernels/elementwise/binary_cross_entropy_with_logits.hpp"
#include "kernels/elementwise/ceil.hpp"
#include "kernels/elementwise/chain.hpp"
#include "kernels/elementwise/choice_gradient.hpp"
#include "kernels/elementwise/clamp.hpp"
#include "kernels/elementwise/cos.hpp"
#include "kernels/elementwise/cut_log.hpp"
#include "kernels/elementwise/divide.hpp"
#include "kernels/elementwise/elu.hpp"
#include "kernels/elementwise/equal.hpp"
#include "kernels/elementwise/erf.hpp"
#include "kernels/elementwise/exp.hpp"
#include "kernels/elementwise/expm1.hpp"
#include "kernels/elementwise/floor.hpp"
#include "kernels/elementwise/floor_divide.hpp"
#include "kernels/elementwise/gaussian.hpp"
#include "kernels/elementwise/gelu.hpp"
#include "kernels/elementwise/greater.hpp"
#include "kernels/elementwise/greater_equal.hpp"
#include "kernels/elementwise/is_finite.hpp"
#include "kernels/elementwise/is_nan.hpp"
#include "kernels/elementwise/leaky_relu.hpp"
#include "kernels/elementwise/less.hpp"
#include "kernels/elementwise/less_equal.hpp"
#include "kernels/elementwise/log.hpp"
#include "kernels/elementwise/log1p.hpp"
#include "kernels/elementwise/maximum.hpp"
#include "kernels/elementwise/minimum.hpp"
#include "kernels/elementwise/multiply.hpp"
#include "kernels/elementwise/negate.hpp"
#include "kernels/elementwise/not_equal.hpp"
#include "kernels/elementwise/pow.hpp"
#include "kernels/elementwise/reciprocal.hpp"
#include "kernels/elementwise/relu.hpp"
#include "kernels/elementwise/round.hpp"
#include "kernels/elementwise/sigmoid.hpp"
#include "kernels/elementwise/sigmoid_slope.hpp"
#include "kernels/elementwise/sign.hpp"
#include "kernels/elementwise/silu.hpp"
#include "kernels/elementwise/sin.hpp"
#include "kernels/elementwise/softplus.hpp"
#include "kernels/elementwise/sqrt.hpp"
#include "kernels/elementwise/square.hpp"
#include "kernels/elementwise/squared_error.hpp"
#include "kernels/elementwise/subtract.hpp"
#include "kernels/elementwise/tanh.hpp"
#include "kernels/elementwise/where.hpp"

namespace capstan::kernels {

template <class... S>
struct ElementwiseList {
  static constexpr std::size_t size = sizeof...(S);

  /// The position of one of them.
  template <class Wanted>
  static constexpr std::size_t index_of() noexcept {
    static_assert((std::is_same_v<S, Wanted> || ...), "it is missing in the list of elementwise kernels");
    std::size_t index = 0, i = 0;
    ((index = std::is_same_v<S, Wanted> ? i : index, ++i), ...);
    return index;
  }
};

using AllElementwise =
    ElementwiseList<Abs, AbsGradient, Add, BinaryCrossEntropy, BinaryCrossEntropyOfSigmoid,
                    BinaryCrossEntropyWithLogits, Ceil, ChoiceGradient, Clamp, ClampGradient, Cos, CutLog, Divide,
                    DivideGradient, DivisorGradient, Elu, EluGradient, Equal, Erf, Exp, ExpGradient, Expm1, Floor,
                    FloorDivide, GaussianGradient, Gelu, GeluGradient, Greater, GreaterEqual, IsFinite, IsNan,
                    LeakyRelu, LeakyReluGradient, Less, LessEqual, Log, Log1p, Maximum, MaximumGradient, Minimum,
                    Multiply, MultiplyGradient, Negate, NotEqual, Pow, PowExponentGradient, PowGradient, Reciprocal,
                    Relu, ReluGradient, Round, Sigmoid, SigmoidError, SigmoidGradient, SigmoidSlopeGradient, Sign, Silu,
                    SiluGradient, Sin, Softplus, SoftplusGradient, Sqrt, SqrtGradient, Square, SquareGradient,
                    SquaredError, SquaredErrorGradient, Subtract, Tanh, TanhGradient, Where>;

}  // namespace capstan::kernels
