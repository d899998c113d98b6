// Convolutions of random geometries and numbers, and their sums by a loop over every pair of a position and a tap, in double.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <capstan/kernels/window/convolution.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/tensor.hpp>

namespace convolutions {

using namespace capstan;
using namespace capstan::kernels;

constexpr std::array all = {Convolves::forward, Convolves::input, Convolves::weights};

inline std::string text(Convolves which, const ConvolutionShape& s) {
  std::string axes;
  for (const ConvolutionAxis& a : s.axes) {
    axes += fmt::format(" [in {} out {} taps {} stride {} dilation {} before {}]", a.in, a.out, a.taps, a.stride,
                        a.dilation, a.before);
  }
  return fmt::format("{} of examples {} groups {} inputs {} outputs {}{}", static_cast<int>(which), s.examples,
                     s.groups, s.inputs, s.outputs, axes);
}

/// The extents of x, W or y, as one product.
inline std::int64_t elements_of_x(const ConvolutionShape& s) {
  return s.examples * s.groups * s.inputs * s.axes[0].in * s.axes[1].in * s.axes[2].in;
}
inline std::int64_t elements_of_w(const ConvolutionShape& s) {
  return s.groups * s.outputs * s.inputs * s.axes[0].taps * s.axes[1].taps * s.axes[2].taps;
}
inline std::int64_t elements_of_y(const ConvolutionShape& s) {
  return s.examples * s.groups * s.outputs * s.axes[0].out * s.axes[1].out * s.axes[2].out;
}
/// The numbers of elements of the two operands and of the result.
inline std::array<std::int64_t, 3> sizes(Convolves which, const ConvolutionShape& s) {
  const std::int64_t x = elements_of_x(s), w = elements_of_w(s), y = elements_of_y(s);
  if (which == Convolves::forward) return {x, w, y};
  if (which == Convolves::input) return {y, w, x};
  return {x, y, w};
}

/// Calls use(x, w, y) with the indices of every product of the sum.
template <class Use>
void for_products(const ConvolutionShape& s, Use use) {
  const auto& [d, h, v] = s.axes;
  const std::int64_t channels = s.groups * s.inputs, outputs = s.groups * s.outputs;
  for (std::int64_t n = 0; n < s.examples; ++n)
    for (std::int64_t o = 0; o < outputs; ++o)
      for (std::int64_t c = 0; c < s.inputs; ++c)
        for (std::int64_t t0 = 0; t0 < d.taps; ++t0)
          for (std::int64_t t1 = 0; t1 < h.taps; ++t1)
            for (std::int64_t t2 = 0; t2 < v.taps; ++t2)
              for (std::int64_t q0 = 0; q0 < d.out; ++q0)
                for (std::int64_t q1 = 0; q1 < h.out; ++q1)
                  for (std::int64_t q2 = 0; q2 < v.out; ++q2) {
                    const std::int64_t i0 = q0 * d.stride + t0 * d.dilation - d.before;
                    const std::int64_t i1 = q1 * h.stride + t1 * h.dilation - h.before;
                    const std::int64_t i2 = q2 * v.stride + t2 * v.dilation - v.before;
                    if (i0 < 0 || i0 >= d.in || i1 < 0 || i1 >= h.in || i2 < 0 || i2 >= v.in) continue;
                    const std::int64_t channel = n * channels + o / s.outputs * s.inputs + c;
                    use(((channel * d.in + i0) * h.in + i1) * v.in + i2,
                        (((o * s.inputs + c) * d.taps + t0) * h.taps + t1) * v.taps + t2,
                        (((n * outputs + o) * d.out + q0) * h.out + q1) * v.out + q2);
                  }
}

/// The sums in double, and what they would be if all products had one sign.
struct Sums {
  std::vector<double> sum, magnitude;
};
template <class T>
Sums sums(Convolves which, const ConvolutionShape& s, const std::vector<T>& first, const std::vector<T>& second) {
  const auto n = static_cast<std::size_t>(sizes(which, s)[2]);
  Sums result{std::vector<double>(n), std::vector<double>(n)};
  for_products(s, [&](std::int64_t x, std::int64_t w, std::int64_t y) {
    const std::array<std::int64_t, 3> at = which == Convolves::forward ? std::array{x, w, y}
                                           : which == Convolves::input ? std::array{y, w, x}
                                                                       : std::array{x, y, w};
    const double product = static_cast<double>(first[static_cast<std::size_t>(at[0])]) *
                           static_cast<double>(second[static_cast<std::size_t>(at[1])]);
    result.sum[static_cast<std::size_t>(at[2])] += product;
    result.magnitude[static_cast<std::size_t>(at[2])] += std::abs(product);
  });
  return result;
}

template <class T>
std::vector<T> numbers(std::int64_t count, Rng& rng) {
  std::vector<T> drawn(static_cast<std::size_t>(count));
  for (T& x : drawn) x = static_cast<T>(rng.uniform() * 2.0 - 1.0);
  return drawn;
}

/// What the kernels compute, in memory that is NaN before, with scratch that is NaN before.
template <class T>
std::vector<T> computed(Isa isa, Convolves which, const ConvolutionShape& s, const std::vector<T>& first,
                        const std::vector<T>& second, int threads = 1) {
  const T nan = std::numeric_limits<T>::quiet_NaN();
  constexpr std::size_t margin = 32;
  const auto n = static_cast<std::size_t>(sizes(which, s)[2]);
  std::vector<T> result(n + 2 * margin, nan);
  const ConvolutionScratch bytes = convolution_scratch(which, s, isa);
  const std::size_t whole = aligned(bytes.shared) + aligned(bytes.worker) * static_cast<std::size_t>(threads);
  const Tensor scratch = Tensor::full({static_cast<std::int64_t>(whole / sizeof(T) + margin)}, nan, {dtype_of<T>()});
  convolve(which, s, first.data(), second.data(), result.data() + margin, const_cast<void*>(scratch.raw()), threads,
           isa);
  for (std::size_t i = 0; i < margin; ++i) {
    REQUIRE(std::isnan(result[i]));
    REQUIRE(std::isnan(result[n + margin + i]));
    REQUIRE(std::isnan(scratch.template data<T>()[whole / sizeof(T) + i]));
  }
  return {result.begin() + margin, result.begin() + static_cast<std::ptrdiff_t>(n + margin)};
}

/// The largest error, where 1 is what the number of products and their magnitude allow.
template <class T>
double worst_error(const std::vector<T>& y, const Sums& right) {
  double worst = 0.0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double allowed = 64 * static_cast<double>(std::numeric_limits<T>::epsilon()) * right.magnitude[i];
    const double error = std::abs(static_cast<double>(y[i]) - right.sum[i]);
    worst = std::max(worst, error == 0.0 ? 0.0 : error / allowed);
    if (std::isnan(error)) return std::numeric_limits<double>::infinity();
  }
  return worst;
}

/// A whole number from low to high.
inline std::int64_t between(Rng& rng, std::int64_t low, std::int64_t high) {
  return low + std::min<std::int64_t>(static_cast<std::int64_t>(rng.uniform() * static_cast<double>(high - low + 1)),
                                      high - low);
}

/// An axis with padding that need not be the same at both ends, of which the window fits the padded input.
inline ConvolutionAxis random_axis(Rng& rng, std::int64_t most) {
  ConvolutionAxis a;
  a.taps = between(rng, 1, 5), a.stride = between(rng, 1, 4), a.dilation = between(rng, 1, 3);
  a.in = between(rng, 1, most), a.before = between(rng, 0, 4);
  const std::int64_t reach = (a.taps - 1) * a.dilation + 1;
  const std::int64_t after = std::max(between(rng, 0, 4), reach - a.in - a.before);
  a.out = (a.in + a.before + after - reach) / a.stride + 1;
  return a;
}

inline ConvolutionShape random_shape(Rng& rng, std::size_t rank, DType dtype) {
  ConvolutionShape s;
  s.dtype = dtype;
  s.examples = between(rng, 0, 12) == 0 ? 0 : between(rng, 1, 4);
  s.groups = between(rng, 0, 2) == 0 ? between(rng, 2, 5) : 1;
  s.inputs = between(rng, 1, rank == 3 ? 5 : 9);
  s.outputs = between(rng, 0, 3) == 0 ? between(rng, 1, 40) : between(rng, 1, 9);
  const std::int64_t most = rank == 1 ? 70 : rank == 2 ? 14 : 7;
  if (rank > 1) s.axes[0] = random_axis(rng, most);
  if (rank > 2) s.axes[1] = random_axis(rng, most);
  s.axes[2] = random_axis(rng, most);
  return s;
}

}  // namespace convolutions
