// Power, and its derivatives by the base of any order.
#pragma once

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

/// The derivative of xᵉ of some order k by x: e · (e − 1) ⋯ (e − k + 1) · x^(e − k). Where the first factors make 0 it is
/// 0, also at x = 0, where the power is infinite: x² has a third derivative there.
struct PowGradient {
  struct Attributes {
    double order;
  };
  static constexpr std::string_view name = "pow_gradient";
  static constexpr std::string_view inputs[] = {"x", "exponent"};
  static constexpr bool integers = false;

  template <class V>
  static V forward(V x, V exponent, const Attributes& a) {
    return pow_derivative(x, exponent, static_cast<int>(a.order));
  }
  static void gradient(const Rule& r, std::span<Var> dx);
};

struct Pow {
  static constexpr std::string_view name = "pow";
  static constexpr std::string_view inputs[] = {"x", "exponent"};
  static constexpr bool integers = false;

  template <class V>
  static V forward(V x, V exponent) {
    return pow(x, exponent);
  }

  static Var power_gradient(const Rule& r, double order) {
    return r.dy() * apply_with<PowGradient>({order}, r.where(), r.input(0), r.input(1));
  }

  /// log(x), but 0 where x is 0 and the exponent is not negative: there y · log(x) stands for its limit.
  static Var log_of_base(const Rule& r) {
    const Var &x = r.input(0), &exponent = r.input(1);
    return log(where(equal(x, 0) * greater_equal(exponent, 0), 1, x));
  }

  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = power_gradient(r, 1);
    if (r.needs(1)) dx[1] = r.dy() * r.y() * log_of_base(r);
  }
};

// By the exponent: the derivative of the product times the power, plus the value times log(x).
inline void PowGradient::gradient(const Rule& r, std::span<Var> dx) {
  const auto order = static_cast<int>(r.attributes<Attributes>().order);
  if (r.needs(0)) dx[0] = Pow::power_gradient(r, order + 1);
  if (!r.needs(1)) return;
  const Var exponent = r.input(1);
  Var slope;  // of e · (e − 1) ⋯ (e − k + 1): the sum over which factor is left out
  for (int left_out = 0; left_out < order; ++left_out) {
    Var product = pow(r.input(0), exponent - order);
    for (int i = 0; i < order; ++i) {
      if (i != left_out) product *= exponent - i;
    }
    slope = slope ? slope + product : product;
  }
  dx[1] = r.dy() * (slope + r.y() * Pow::log_of_base(r));
}

}  // namespace capstan::elementwise
