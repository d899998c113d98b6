// Calls an elementwise kernel directly, without a tape.
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include <capstan/kernels/elementwise/elementwise.hpp>

#include "catch.hpp"
#include "supported_isas.hpp"

namespace capstan {

inline constexpr double inf = std::numeric_limits<double>::infinity();
inline constexpr double quiet_nan = std::numeric_limits<double>::quiet_NaN();

/// Equal, signs of zeros included; NaN equals NaN.
inline bool is(double got, double expected) {
  if (std::isnan(expected)) return std::isnan(got);
  return got == expected && std::signbit(got) == std::signbit(expected);
}

/// The names of the elementwise kernels, in the order of their list.
template <class... S>
std::array<std::string_view, sizeof...(S)> names_in(kernels::ElementwiseList<S...>) {
  return {S::name...};
}
inline const std::array kernel_names = names_in(kernels::AllElementwise{});

/// The position of a kernel in the list of elementwise kernels.
inline std::size_t position_of(std::string_view name) {
  for (std::size_t i = 0; i < kernel_names.size(); ++i)
    if (kernel_names[i] == name) return i;
  FAIL("no elementwise kernel is called " << name);
  return 0;
}

/// kernel(inputs…), as many elements as the first input has.
template <class T>
std::vector<T> call(std::string_view name, kernels::Isa isa, const std::vector<std::vector<T>>& inputs,
                    std::vector<double> attributes = {}) {
  std::vector<T> y(inputs[0].size());
  std::vector<const void*> in;
  for (const auto& x : inputs) in.push_back(x.data());
  std::vector<Word> words;
  for (const double a : attributes) words.push_back(std::bit_cast<Word>(a));
  const ElementwiseKernel kernel = kernels::elementwise_kernel(position_of(name), dtype_of<T>(), isa);
  REQUIRE(kernel != nullptr);
  kernel(static_cast<std::int64_t>(y.size()), y.data(), in.data(), 0, words.data());
  return y;
}

/// The same for single numbers.
template <class T>
T call_one(std::string_view name, kernels::Isa isa, std::initializer_list<T> inputs,
           std::vector<double> attributes = {}) {
  std::vector<std::vector<T>> in;
  for (const T x : inputs) in.push_back({x});
  return call<T>(name, isa, in, std::move(attributes))[0];
}

}  // namespace capstan
