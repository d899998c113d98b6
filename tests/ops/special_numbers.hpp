// What the tests of gradients at special numbers share: the grid of numbers, and when a gradient is right.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include "ulps.hpp"

namespace capstan {

inline constexpr Real undefined = std::numeric_limits<Real>::quiet_NaN();

template <class T>
std::vector<T> grid() {
  std::vector<T> x = ends<T>();
  for (const double more : {0.5, 2.0, 10.0, 1e3, 1e-10, 1e10}) {
    x.push_back(static_cast<T>(more));
    x.push_back(static_cast<T>(-more));
  }
  return x;
}

/// Whether a number is at the ends of the format, so that the product of two such may be beyond it.
template <class T>
bool is_extreme(T x) {
  const T size = std::abs(x);
  return size != 0 && !(size >= T(1e-20) && size <= T(1e20));
}

/// Every combination of operands of the grid with a gradient of the grid, which comes last.
template <class T>
std::vector<std::vector<T>> combinations(std::size_t operands, bool extreme_gradients = true) {
  std::vector<std::vector<T>> columns(operands + 1, std::vector<T>(1));
  for (std::size_t k = 0; k <= operands; ++k) {
    const auto shorter = std::exchange(columns, std::vector<std::vector<T>>(operands + 1));
    for (const T value : grid<T>()) {
      if (k == operands && is_extreme(value) && !extreme_gradients) continue;
      for (std::size_t i = 0; i <= operands; ++i) {
        columns[i].insert(columns[i].end(), shorter[i].begin(), shorter[i].end());
      }
      std::fill(columns[k].end() - static_cast<std::ptrdiff_t>(shorter[0].size()), columns[k].end(), value);
    }
  }
  return columns;
}

template <class T>
Tensor tensor_of(const std::vector<T>& x) {
  return Tensor::from(std::span<const T>{x}, {static_cast<std::int64_t>(x.size())});
}

/// Whether `got` is the exact number, rounded: off by no more than `worst` units, where a unit is the last place of the
/// number or, if that is more, `least`. Of what is below `smallest` a few digits are asked for. An exact number that is
/// NaN or infinite is undefined, and anything is right.
template <class T>
bool is_rounded(T got, Real exact, Real least, double worst, T smallest) {
  if (!std::isfinite(exact)) return true;
  const T nearest = static_cast<T>(exact);
  if (!std::isfinite(nearest)) return got == nearest;
  const Real few_digits = std::fabs(exact) < smallest ? std::fabs(exact) / 64 : 0;
  if (std::fabs(got - exact) <= few_digits) return true;
  return distance(got, exact, std::max(least, last_place(nearest))) <= worst;
}

/// A number with the size of the terms whose sum it is, which its rounding errors are relative to.
struct Exact {
  Real value = 0, size = 0;

  Exact() = default;
  Exact(Real x) : value{x}, size{std::fabs(x)} {}
  Exact(Real x, Real s) : value{x}, size{s} {}
  friend Exact operator+(Exact a, Exact b) { return {a.value + b.value, a.size + b.size}; }
  friend Exact operator-(Exact a, Exact b) { return {a.value - b.value, a.size + b.size}; }
  friend Exact operator*(Exact a, Exact b) { return {a.value * b.value, a.size * b.size}; }
  friend Exact operator/(Exact a, Exact b) { return a * Exact{1 / b.value, b.size / (b.value * b.value)}; }
};

/// The absorbing product that gradients are made of.
inline Exact through(Exact dy, Exact slope) { return dy.size == 0 ? Exact{} : dy * slope; }

/// At the end of the format an error of some units may make a number infinite, or keep it finite.
template <class T>
bool is_rounded(T got, const Exact& exact, double worst, T smallest) {
  const Real least = exact.size * last_place(T(1));
  if (is_rounded(got, exact.value, least, worst, smallest)) return true;
  constexpr T largest = std::numeric_limits<T>::max();
  const Real beyond = std::max(std::fabs(exact.value), static_cast<Real>(largest));
  return std::fabs(exact.value) + worst * std::max(least, last_place(largest)) > largest &&
         std::signbit(got) == std::signbit(exact.value) && std::fabs(got) >= beyond - worst * least;
}

}  // namespace capstan
