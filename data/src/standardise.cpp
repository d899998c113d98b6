#include <capstan/tensor/visit_dtype.hpp>

#include <capstan/data/standardise.hpp>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/squares.hpp>

#include "examples.hpp"
#include "names.hpp"

namespace capstan::data {
namespace {

std::string operand(const Tensor& x, const std::source_location& where) {
  return fmt::format("\n  x: {} of {}\n  at {}", to_string(x.shape()), name_of(x.dtype()), place(where));
}

void check_operand(std::string_view who, const Tensor& x, const std::source_location& where) {
  if (x.rank() != 2) {
    throw ShapeError{
        fmt::format("{}: x must be (features, examples), got {}{}", who, to_string(x.shape()), operand(x, where))};
  }
  if (!is_floating(x.dtype()))
    throw DTypeError{fmt::format("{}: x must be f32 or f64, got {}{}", who, name_of(x.dtype()), operand(x, where))};
}

// Calls visit(feature, example, value) for all of x, the features of an example after one another. Every feature sees
// its examples in the same order whatever the layout, so that sums have the same bits.
template <class T, class Visit>
void visit_as(const Tensor& x, Visit&& visit) {
  const auto* first = static_cast<const T*>(x.raw());
  const std::int64_t features = x.shape()[0], examples = x.shape()[1];
  const std::int64_t down = x.strides()[0], along = x.strides()[1];
  for (std::int64_t j = 0; j < examples; ++j)
    for (std::int64_t i = 0; i < features; ++i) visit(i, j, static_cast<double>(first[i * down + j * along]));
}

template <class Visit>
void visit_values(const Tensor& x, Visit&& visit) {
  visit_floating(x.dtype(), [&]<class T>(T) { visit_as<T>(x, visit); });
}

// The distances from the first example are summed, so that the mean of a constant feature is that constant exactly.
void measure_mean(const Tensor& x, std::span<double> mean, const std::source_location& where) {
  const double share = 1.0 / static_cast<double>(x.shape()[1]);
  std::vector<double> first(mean.size());
  visit_values(x, [&](std::int64_t feature, std::int64_t example, double value) {
    if (!std::isfinite(value)) {
      throw ValueError{fmt::format("standardise: values must be finite, row {} of x has {} at example {}{}", feature,
                                   value, example, operand(x, where))};
    }
    const auto i = static_cast<std::size_t>(feature);
    if (example == 0) first[i] = value;
    mean[i] += (value - first[i]) * share;
  });
  for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += first[i];
}

// Adds the squares of the distances from the mean, divided by the number of examples.
void measure_variance(const Tensor& x, std::span<const double> mean, std::span<double> variance) {
  const double share = 1.0 / static_cast<double>(x.shape()[1]);
  visit_values(x, [&](std::int64_t feature, std::int64_t, double value) {
    const auto i = static_cast<std::size_t>(feature);
    variance[i] += (value - mean[i]) * (value - mean[i]) * share;
  });
}

struct Spread {
  double mean, stddev;
};

// Mean and deviation of a row whose numbers or squares may overflow or vanish: the numbers are scaled to be near 1.
Spread measure_scaled(const Tensor& row) {
  double first = 0.0, largest = 0.0, furthest = 0.0, mean = 0.0, variance = 0.0;
  visit_values(row, [&](std::int64_t, std::int64_t example, double value) {
    if (example == 0) first = value;
    largest = std::max(largest, std::fabs(value));
  });
  const double share = 1.0 / static_cast<double>(row.shape()[1]), scale = square_scale(largest);
  visit_values(row, [&](std::int64_t, std::int64_t, double value) { mean += (value * scale - first * scale) * share; });
  mean += first * scale;
  visit_values(row, [&](std::int64_t, std::int64_t, double value) {
    furthest = std::max(furthest, std::fabs(value * scale - mean));
  });
  const double finer = square_scale(furthest);
  visit_values(row, [&](std::int64_t, std::int64_t, double value) {
    const double distance = (value * scale - mean) * finer;
    variance += distance * distance * share;
  });
  return {mean / scale, std::sqrt(variance) / finer / scale};
}

void measure_stddev(const Tensor& x, std::span<double> mean, std::span<double> stddev) {
  measure_variance(x, mean, stddev);
  for (std::size_t i = 0; i < stddev.size(); ++i) {
    if (squares_are_right(stddev[i])) {
      stddev[i] = std::sqrt(stddev[i]);
    } else {
      const auto row = static_cast<std::int64_t>(i);
      const auto [centre, spread] = measure_scaled(x.slice({.axis = 0, .start = row, .stop = row + 1}));
      mean[i] = centre;
      stddev[i] = spread == 0.0 ? 1.0 : spread;
    }
  }
}

// (value − mean) / stddev, also where the difference alone overflows.
double standardised(double value, double mean, double stddev) {
  const double distance = value - mean;
  return std::isfinite(distance) ? distance / stddev : value / stddev - mean / stddev;
}

// value · stddev + mean, also where the product alone overflows.
double restored(double value, double mean, double stddev) {
  const double result = value * stddev + mean;
  return std::isfinite(result) ? result : 2.0 * (value * (0.5 * stddev) + 0.5 * mean);
}

// A new tensor of formula(value, mean, stddev), example after example.
template <class T, class Formula>
Tensor map_as(const Tensor& x, std::span<const double> mean, std::span<const double> stddev, Formula&& formula) {
  Tensor result = room_for_examples(x, x.shape()[1]);
  auto* to = static_cast<T*>(result.raw());
  visit_as<T>(x, [&](std::int64_t feature, std::int64_t, double value) {
    const auto i = static_cast<std::size_t>(feature);
    *to++ = static_cast<T>(formula(value, mean[i], stddev[i]));
  });
  return result;
}

template <class Formula>
Tensor map(std::string_view who, const Standardiser& scale, const Tensor& x, const std::source_location& where,
           Formula&& formula) {
  check_operand(who, x, where);
  if (x.shape()[0] != scale.mean.elements() || x.shape()[0] != scale.stddev.elements()) {
    throw ShapeError{fmt::format("{}: x must have as many features as mean and stddev, got {} for {} and {}{}", who,
                                 x.shape()[0], scale.mean.elements(), scale.stddev.elements(), operand(x, where))};
  }
  const auto mean = scale.mean.data<double>(), stddev = scale.stddev.data<double>();
  return visit_floating(x.dtype(), [&]<class T>(T) { return map_as<T>(x, mean, stddev, formula); });
}

}  // namespace

Standardiser Standardiser::fit(const Tensor& x, std::source_location where) {
  check_operand("standardise", x, where);
  if (x.shape()[1] == 0)
    throw ValueError{fmt::format("standardise: there must be at least one example, got 0{}", operand(x, where))};
  Standardiser scale{Tensor::zeros({x.shape()[0], 1}, DType::f64), Tensor::zeros({x.shape()[0], 1}, DType::f64)};
  const auto mean = scale.mean.mutable_data<double>(where), stddev = scale.stddev.mutable_data<double>(where);
  measure_mean(x, mean, where);
  measure_stddev(x, mean, stddev);
  return scale;
}

Tensor Standardiser::apply(const Tensor& x, std::source_location where) const {
  return map("standardise", *this, x, where, standardised);
}

Standardiser Standardiser::fit(const Dataset& train, std::source_location where) {
  Standardiser scale = fit(train.x, where);
  const bool named = static_cast<std::int64_t>(train.feature_names.size()) == train.x.shape()[0];
  if (named) scale.feature_names = train.feature_names;
  return scale;
}

Dataset Standardiser::apply(const Dataset& dataset, std::source_location where) const {
  Dataset scaled = dataset;
  scaled.x = apply(dataset.x, where);
  const bool named = static_cast<std::int64_t>(dataset.feature_names.size()) == dataset.x.shape()[0];
  if (!named || feature_names.empty()) return scaled;
  if (const auto difference = first_difference(feature_names, dataset.feature_names)) {
    throw ValueError{
        fmt::format("standardise: features must be those that were measured, row {} of x is {} and was {}{}",
                    difference->at, difference->b, difference->a, operand(dataset.x, where))};
  }
  return scaled;
}

Tensor Standardiser::invert(const Tensor& x, std::source_location where) const {
  return map("standardise (the way back)", *this, x, where, restored);
}

}  // namespace capstan::data
