#include <capstan/optim/clip.hpp>

#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

#include "rows.hpp"

namespace capstan::optim {

namespace {

void check_limit(std::string_view name, double limit, const std::source_location& where) {
  if (std::isfinite(limit) && limit > 0.0) return;
  throw ValueError{fmt::format("{}: the limit must be finite and above 0, got {}\n  at {}", name, limit, place(where))};
}

/// Eight sums side by side, added in a fixed order: quick, and the same bits on every run.
template <class T>
double sum_of_squares(const T* x, std::int64_t n, std::int64_t stride) {
  constexpr std::int64_t lanes = 8;
  std::array<double, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::int64_t k = 0; k < lanes; ++k) {
      const auto value = static_cast<double>(x[(i + k) * stride]);
      sums[static_cast<std::size_t>(k)] += value * value;
    }
  }
  for (; i < n; ++i) sums[0] += static_cast<double>(x[i * stride]) * static_cast<double>(x[i * stride]);
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class T>
double sum_of_squares(const Tensor& x) {
  double sum = 0.0;
  for_rows<T>(x, [&](const T* first, std::int64_t, std::int64_t count, std::int64_t stride) {
    sum += stride == 1 ? sum_of_squares(first, count, 1) : sum_of_squares(first, count, stride);
  });
  return sum;
}

template <class T>
bool exceeds(const Tensor& x, T limit) {
  bool found = false;
  for_rows<T>(x, [&](const T* first, std::int64_t, std::int64_t count, std::int64_t stride) {
    for (std::int64_t i = 0; i < count && !found; ++i) found = std::abs(first[i * stride]) > limit;
  });
  return found;
}

/// The tensor itself where no element is beyond the limit, so that the usual case takes no memory.
template <class T>
Tensor clipped(const Tensor& x, T limit) {
  if (!exceeds(x, limit)) return x;
  Tensor result = Tensor::empty(x.shape(), x.dtype());
  T* const out = result.mutable_data<T>().data();
  for_rows<T>(x, [&](const T* first, std::int64_t position, std::int64_t count, std::int64_t stride) {
    for (std::int64_t i = 0; i < count; ++i) {
      const T value = first[i * stride];
      out[position + i] = value > limit ? limit : value < -limit ? -limit : value;
    }
  });
  return result;
}

}  // namespace

double clip_norm(Gradients& gradients, double limit, std::source_location where) {
  check_limit("clip_norm", limit, where);
  double sum = 0.0;
  for (const Gradients::Entry& entry : gradients.entries()) {
    sum += entry.value.dtype() == DType::f64 ? sum_of_squares<double>(entry.value) : sum_of_squares<float>(entry.value);
  }
  const double norm = std::sqrt(sum);
  if (std::isfinite(norm) && norm > limit) gradients *= limit / norm;
  return norm;
}

void clip_value(Gradients& gradients, double limit, std::source_location where) {
  check_limit("clip_value", limit, where);
  Gradients result = gradients;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor& value = gradients.entries()[i].value;
    const Tensor cut = value.dtype() == DType::f64 ? clipped(value, limit) : clipped(value, static_cast<float>(limit));
    if (cut.raw() != value.raw()) result.replace(i, cut);
  }
  gradients = std::move(result);
}

}  // namespace capstan::optim
