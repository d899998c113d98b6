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

/// dy times the derivative by x (of some order) and e: that of the product e · (e − 1) ⋯ times the power, plus the
/// derivative by x times log(x).
inline Var pow_mixed_gradient(std::source_location at, const Var& dy, const Var& x, const Var& exponent, int order) {
  Var slope;  // of e · (e − 1) ⋯ (e − k + 1): the sum over which factor is left out
  for (int left_out = 0; left_out < order; ++left_out) {
    Var product = pow(x, exponent - order, at);
    for (int i = 0; i < order; ++i) {
      if (i != left_out) product *= exponent - i;
    }
    slope = slope ? slope + product : product;
  }
  const Var by_x = apply_with<PowGradient>({static_cast<double>(order)}, at, dy, x, exponent);
  return chain(at, dy, slope) + chain(at, by_x, log_of_base(at, x, exponent));
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
