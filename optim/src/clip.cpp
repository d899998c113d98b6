#include <capstan/optim/clip.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/squares.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "rows.hpp"

namespace capstan::optim {

namespace {

void check_limit(std::string_view name, double limit, const std::source_location& where) {
  if (std::isfinite(limit) && limit > 0.0) return;
  throw ValueError{fmt::format("{}: the limit must be finite and above 0, got {}\n  at {}", name, limit, place(where))};
}

/// Of scale · x. Eight sums side by side, added in a fixed order: quick, and the same bits on every run.
template <class T>
double sum_of_squares(const T* x, std::int64_t n, std::int64_t stride, double scale) {
  constexpr std::int64_t lanes = 8;
  std::array<double, lanes> sums{};
  std::int64_t i = 0;
  for (; i + lanes <= n; i += lanes) {
    for (std::int64_t k = 0; k < lanes; ++k) {
      const double value = scale * static_cast<double>(x[(i + k) * stride]);
      sums[static_cast<std::size_t>(k)] += value * value;
    }
  }
  for (; i < n; ++i) {
    const double value = scale * static_cast<double>(x[i * stride]);
    sums[0] += value * value;
  }
  return ((sums[0] + sums[1]) + (sums[2] + sums[3])) + ((sums[4] + sums[5]) + (sums[6] + sums[7]));
}

template <class T>
double sum_of_squares(const Tensor& x, double scale) {
  double sum = 0.0;
  for_rows<T>(x, [&](const T* first, std::int64_t, std::int64_t count, std::int64_t stride) {
    sum += stride == 1 ? sum_of_squares(first, count, 1, scale) : sum_of_squares(first, count, stride, scale);
  });
  return sum;
}

double sum_of_squares(const Gradients& gradients, double scale) {
  double sum = 0.0;
  for (const Gradients::Entry& entry : gradients.entries()) {
    sum += visit_floating(entry.dtype(), [&]<class T>(T) { return sum_of_squares<T>(entry.numbers(), scale); });
  }
  return sum;
}

template <class T>
double largest_size(const Tensor& x) {
  double largest = 0.0;
  for_rows<T>(x, [&](const T* first, std::int64_t, std::int64_t count, std::int64_t stride) {
    for (std::int64_t i = 0; i < count; ++i)
      largest = std::max(largest, std::fabs(static_cast<double>(first[i * stride])));
  });
  return largest;
}

double largest_size(const Gradients& gradients) {
  double largest = 0.0;
  for (const Gradients::Entry& entry : gradients.entries()) {
    largest =
        std::max(largest, visit_floating(entry.dtype(), [&]<class T>(T) { return largest_size<T>(entry.numbers()); }));
  }
  return largest;
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
  double scale = 1.0, sum = sum_of_squares(gradients, scale);
  if (!squares_are_right(sum)) {
    scale = square_scale(largest_size(gradients));
    if (scale != 1.0) sum = sum_of_squares(gradients, scale);
  }
  const double root = std::sqrt(sum), norm = root / scale;
  if (std::isfinite(root) && norm > limit) {
    const double share = limit / root, factor = share * scale;
    if (std::isnormal(factor)) {
      gradients *= factor;
    } else {
      gradients *= scale;  // one factor would have lost its digits
      gradients *= share;
    }
  }
  return norm;
}

void clip_value(Gradients& gradients, double limit, std::source_location where) {
  check_limit("clip_value", limit, where);
  Gradients result = gradients;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    const Tensor& value = gradients.entries()[i].numbers();
    const Tensor cut = visit_floating(value.dtype(), [&]<class T>(T) { return clipped(value, static_cast<T>(limit)); });
    if (cut.raw() != value.raw()) result.replace(i, cut);
  }
  gradients = std::move(result);
}

}  // namespace capstan::optim
