// The product and the quotient for gradient rules: a gradient of 0 times or divided by anything is 0. Such a gradient
// says that the value has no influence, for instance because it is in the branch of where() that was not taken; 0 · inf
// and 0 / 0 would give its operands NaN.
#pragma once

#include <capstan/kernels/elementwise/chain.hpp>

#include "elementwise/structs.hpp"

namespace capstan::elementwise {

struct DivisorGradient;

struct MultiplyGradient {
  using Kernel = kernels::MultiplyGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "b"};
  static void gradient(const Rule& r, std::span<Var> dx);
};

struct DivideGradient {
  using Kernel = kernels::DivideGradient;
  static constexpr bool cheap = true;
  static constexpr std::string_view inputs[] = {"dy", "b"};
  static void gradient(const Rule& r, std::span<Var> dx);
};

/// Returns dy times the derivative by an operand.
inline Var chain(std::source_location where, const Operand& dy, const Operand& slope) {
  return apply<MultiplyGradient>(where, dy, slope);
}

/// Returns dy times the derivative 1 / divisor.
inline Var chain_quotient(std::source_location where, const Operand& dy, const Operand& divisor) {
  return apply<DivideGradient>(where, dy, divisor);
}

/// The gradient of a slope that a gradient dy was multiplied with, where u is the gradient of that product: u · dy, 0
/// where either is 0.
inline Var chain_both(std::source_location where, const Var& u, const Var& dy) {
  return capstan::where(dy, chain(where, u, dy), 0, where);
}

inline void MultiplyGradient::gradient(const Rule& r, std::span<Var> dx) {
  if (r.needs(0)) dx[0] = chain(r.where(), r.dy(), r.input(1));
  if (r.needs(1)) dx[1] = chain_both(r.where(), r.dy(), r.input(0));
}

inline void DivideGradient::gradient(const Rule& r, std::span<Var> dx) {
  if (r.needs(0)) dx[0] = chain_quotient(r.where(), r.dy(), r.input(1));
  if (!r.needs(1)) return;
  const Var dy = r.input(0), by_divisor = apply<DivisorGradient>(r.where(), r.dy(), dy, r.input(1));
  dx[1] = capstan::where(dy, by_divisor, 0, r.where());
}

}  // namespace capstan::elementwise
