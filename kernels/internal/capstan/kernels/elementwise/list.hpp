// Every elementwise kernel, once. The list is instantiated once for each instruction set (src/elementwise/loops.hpp);
// the operations that they belong to stand in a list of their own (ops/src/elementwise/list.hpp).
#pragma once

#include <cstddef>
#include <type_traits>

#include <capstan/kernels/elementwise/abs.hpp>
#include <capstan/kernels/elementwise/add.hpp>
#include <capstan/kernels/elementwise/binary_cross_entropy.hpp>
#include <capstan/kernels/elementwise/binary_cross_entropy_with_logits.hpp>
#include <capstan/kernels/elementwise/ceil.hpp>
#include <capstan/kernels/elementwise/chain.hpp>
#include <capstan/kernels/elementwise/choice_gradient.hpp>
#include <capstan/kernels/elementwise/clamp.hpp>
#include <capstan/kernels/elementwise/cos.hpp>
#include <capstan/kernels/elementwise/cut_log.hpp>
#include <capstan/kernels/elementwise/divide.hpp>
#include <capstan/kernels/elementwise/elu.hpp>
#include <capstan/kernels/elementwise/equal.hpp>
#include <capstan/kernels/elementwise/erf.hpp>
#include <capstan/kernels/elementwise/exp.hpp>
#include <capstan/kernels/elementwise/expm1.hpp>
#include <capstan/kernels/elementwise/floor.hpp>
#include <capstan/kernels/elementwise/floor_divide.hpp>
#include <capstan/kernels/elementwise/gaussian.hpp>
#include <capstan/kernels/elementwise/gelu.hpp>
#include <capstan/kernels/elementwise/greater.hpp>
#include <capstan/kernels/elementwise/greater_equal.hpp>
#include <capstan/kernels/elementwise/is_finite.hpp>
#include <capstan/kernels/elementwise/is_nan.hpp>
#include <capstan/kernels/elementwise/leaky_relu.hpp>
#include <capstan/kernels/elementwise/less.hpp>
#include <capstan/kernels/elementwise/less_equal.hpp>
#include <capstan/kernels/elementwise/log.hpp>
#include <capstan/kernels/elementwise/log1p.hpp>
#include <capstan/kernels/elementwise/maximum.hpp>
#include <capstan/kernels/elementwise/minimum.hpp>
#include <capstan/kernels/elementwise/multiply.hpp>
#include <capstan/kernels/elementwise/negate.hpp>
#include <capstan/kernels/elementwise/not_equal.hpp>
#include <capstan/kernels/elementwise/pow.hpp>
#include <capstan/kernels/elementwise/reciprocal.hpp>
#include <capstan/kernels/elementwise/relu.hpp>
#include <capstan/kernels/elementwise/round.hpp>
#include <capstan/kernels/elementwise/sigmoid.hpp>
#include <capstan/kernels/elementwise/sigmoid_slope.hpp>
#include <capstan/kernels/elementwise/sign.hpp>
#include <capstan/kernels/elementwise/silu.hpp>
#include <capstan/kernels/elementwise/sin.hpp>
#include <capstan/kernels/elementwise/softplus.hpp>
#include <capstan/kernels/elementwise/sqrt.hpp>
#include <capstan/kernels/elementwise/square.hpp>
#include <capstan/kernels/elementwise/squared_error.hpp>
#include <capstan/kernels/elementwise/subtract.hpp>
#include <capstan/kernels/elementwise/tanh.hpp>
#include <capstan/kernels/elementwise/where.hpp>

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
                    Relu, ReluGradient, Round, ShiftedPower, Sigmoid, SigmoidError, SigmoidGradient,
                    SigmoidSlopeGradient, Sign, Silu, SiluGradient, Sin, Softplus, SoftplusGradient, Sqrt, SqrtGradient,
                    Square, SquareGradient, SquaredError, SquaredErrorGradient, Subtract, Tanh, TanhGradient, Where>;

}  // namespace capstan::kernels
