// Power, and its derivatives.
#pragma once

#include <capstan/kernels/elementwise/structs.hpp>

namespace capstan::kernels {

/// dy times the derivative of xᵉ of some order k by x: e · (e − 1) ⋯ (e − k + 1) · x^(e − k). Where the first factors make
/// 0 it is 0, also at x = 0, where the power is infinite: x² has a third derivative there. 0 where dy is 0.
struct PowGradient : Ternary {
  struct Attributes {
    double order;
    static constexpr std::string_view names[] = {"order"};
  };
  static constexpr std::string_view name = "pow_gradient";
  template <class V>
  static V forward(V dy, V x, V exponent, const Attributes& a) {
    return unless_zero(dy, times_pow_derivative(dy, x, exponent, static_cast<int>(a.order)));
  }
};

/// dy · x^(e − k) for a whole k, of whose difference rounding takes nothing. 0 where dy is 0.
struct ShiftedPower : Ternary {
  struct Attributes {
    double shift;
    static constexpr std::string_view names[] = {"shift"};
  };
  static constexpr std::string_view name = "shifted_power";
  template <class V>
  static V forward(V dy, V x, V exponent, const Attributes& a) {
    return unless_zero(dy, times_pow_derivative_of_any(dy, x, exponent, static_cast<int>(a.shift), 0));
  }
};

/// dy times the derivative of xᵉ by e: xᵉ · log(x), but 0 where x is 0 and the exponent is not negative: there it stands
/// for its limit. 0 where dy is 0.
struct PowExponentGradient : Ternary {
  static constexpr std::string_view name = "pow_exponent_gradient";
  template <class V>
  static V forward(V dy, V x, V exponent) {
    return unless_zero(dy, times_pow_log(dy, x, exponent));
  }
};

struct Pow : Binary {
  static constexpr std::string_view name = "pow";
  template <class V>
  static V forward(V x, V exponent) {
    return pow(x, exponent);
  }
};

}  // namespace capstan::kernels
