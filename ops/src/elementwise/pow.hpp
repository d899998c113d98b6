// Power, and its derivatives.
#pragma once

#include <capstan/kernels/elementwise/pow.hpp>

#include "elementwise/chain.hpp"

namespace capstan::elementwise {

struct PowGradient {
  using Kernel = kernels::PowGradient;
  using Attributes = Kernel::Attributes;
  static constexpr std::string_view inputs[] = {"dy", "x", "exponent"};
  static void gradient(const Rule& r, std::span<Var> dx);
};

struct ShiftedPower {
  using Kernel = kernels::ShiftedPower;
  using Attributes = Kernel::Attributes;
  static constexpr std::string_view inputs[] = {"dy", "x", "exponent"};
  static void gradient(const Rule& r, std::span<Var> dx);
};

struct PowExponentGradient {
  using Kernel = kernels::PowExponentGradient;
  static constexpr std::string_view inputs[] = {"dy", "x", "exponent"};
  static void gradient(const Rule& r, std::span<Var> dx);
};

struct Pow {
  using Kernel = kernels::Pow;
  static constexpr std::string_view inputs[] = {"x", "exponent"};
  static void gradient(const Rule& r, std::span<Var> dx) {
    if (r.needs(0)) dx[0] = apply_with<PowGradient>({1.0}, r.where(), r.dy(), r.input(0), r.input(1));
    if (r.needs(1)) dx[1] = apply<PowExponentGradient>(r.where(), r.dy(), r.input(0), r.input(1));
  }
};

/// log(x), but 0 where x is 0 and the exponent is not negative.
inline Var log_of_base(std::source_location at, const Var& x, const Var& exponent) {
  return log(where(equal(x, 0) * greater_equal(exponent, 0), 1, x, at), at);
}

/// dy times the derivative of order k by x, differentiated by e once more: the derivative of the product e · (e − 1) ⋯
/// times the power, plus the derivative by x times log(x).
inline Var pow_mixed_gradient(std::source_location at, const Var& dy, const Var& x, const Var& exponent, int order) {
  Var slope;  // of e · (e − 1) ⋯ (e − k + 1): the sum over which factor is left out; 1 for k = 1
  for (int left_out = 0; left_out < order && order > 1; ++left_out) {
    Var product;
    for (int i = 0; i < order; ++i) {
      if (i != left_out) product = product ? product * (exponent - i) : exponent - i;
    }
    slope = slope ? slope + product : product;
  }
  const auto k = static_cast<double>(order);
  const Var by_product = apply_with<ShiftedPower>({k}, at, slope ? chain(at, dy, slope) : dy, x, exponent);
  const Var by_power = chain(at, dy, log_of_base(at, x, exponent));  // first, since it is 0 at x = 1 for every exponent
  return by_product + apply_with<PowGradient>({k}, at, by_power, x, exponent);
}

inline void PowGradient::gradient(const Rule& r, std::span<Var> dx) {
  const auto attributes = r.attributes<Attributes>();
  const Var dy = r.input(0), x = r.input(1), exponent = r.input(2), u = r.dy();
  if (r.needs(0)) dx[0] = apply_with<PowGradient>(attributes, r.where(), u, x, exponent);
  if (!r.needs(1) && !r.needs(2)) return;
  const Var both = chain_both(r.where(), u, dy);
  if (r.needs(1)) dx[1] = apply_with<PowGradient>({attributes.order + 1}, r.where(), both, x, exponent);
  if (r.needs(2)) dx[2] = pow_mixed_gradient(r.where(), both, x, exponent, static_cast<int>(attributes.order));
}

inline void ShiftedPower::gradient(const Rule& r, std::span<Var> dx) {
  const double shift = r.attributes<Attributes>().shift;
  const Var dy = r.input(0), x = r.input(1), exponent = r.input(2), u = r.dy();
  const auto times_power = [&](const Var& factor, double more) {
    return apply_with<ShiftedPower>({shift + more}, r.where(), factor, x, exponent);
  };
  if (r.needs(0)) dx[0] = times_power(u, 0);
  if (!r.needs(1) && !r.needs(2)) return;
  const Var both = chain_both(r.where(), u, dy);
  if (r.needs(1)) dx[1] = times_power(chain(r.where(), both, exponent - shift), 1);
  if (r.needs(2)) dx[2] = times_power(chain(r.where(), both, log_of_base(r.where(), x, exponent)), 0);
}

inline void PowExponentGradient::gradient(const Rule& r, std::span<Var> dx) {
  const Var dy = r.input(0), x = r.input(1), exponent = r.input(2), u = r.dy();
  if (r.needs(0)) dx[0] = apply<PowExponentGradient>(r.where(), u, x, exponent);
  if (!r.needs(1) && !r.needs(2)) return;
  const Var both = chain_both(r.where(), u, dy);
  if (r.needs(1)) dx[1] = pow_mixed_gradient(r.where(), both, x, exponent, 1);
  if (r.needs(2)) {
    const Var once = apply<PowExponentGradient>(r.where(), both, x, exponent);
    dx[2] = chain(r.where(), once, log_of_base(r.where(), x, exponent));
  }
}

}  // namespace capstan::elementwise
