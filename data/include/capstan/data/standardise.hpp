// Standardiser: brings every feature to mean 0 and standard deviation 1, as measured on the training set alone.
//
//   auto [train, test] = data::split(homes, {.seed = 1});
//   const data::Standardiser scale = data::standardise(train, test);
#pragma once

#include <concepts>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

struct Standardiser {
  Tensor mean;    ///< (features, 1), f64
  Tensor stddev;  ///< (features, 1), f64, dividing by m; 1 where a feature is constant

  /// Measures each row of x (features, m).
  ///
  /// Throws    ShapeError if x is not (features, m); DTypeError for i32; ValueError for no examples and, naming the
  /// row,
  ///           for a value that is not finite.
  static Standardiser fit(const Tensor& x);

  /// (x − mean) / stddev, in new memory, of x's dtype. ShapeError if the number of features differs.
  Tensor apply(const Tensor& x) const;
  /// The way back: x · stddev + mean.
  Tensor invert(const Tensor& x) const;
};

/// Fits on the training set and applies to it and to the others: each gets a new x; the old tensors are not written.
template <std::same_as<Dataset>... Others>
Standardiser standardise(Dataset& train, Others&... others) {
  Standardiser scale = Standardiser::fit(train.x);
  const Tensor x = scale.apply(train.x);
  (void)std::initializer_list<int>{(others.x = scale.apply(others.x), 0)...};
  train.x = x;
  return scale;
}

}  // namespace capstan::data
