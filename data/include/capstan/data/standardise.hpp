// Standardiser: brings every feature to mean 0 and standard deviation 1, as measured on the training set alone.
//
//   auto [train, test] = data::split(homes, {.seed = 1});
//   const data::Standardiser scale = data::standardise(train, test);
#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

struct Standardiser {
  Tensor mean;                                  ///< (features, 1), f64
  Tensor stddev;                                ///< (features, 1), f64, dividing by m; 1 where a feature is constant
  std::vector<std::string> feature_names = {};  ///< of the set that was measured, where known

  /// Measures each row of x (features, m).
  ///
  /// Error     distances are measured in double, and their squares neither overflow nor vanish.
  /// Throws    ShapeError if x is not (features, m); DTypeError for i32; ValueError for no examples and, naming the
  ///           row, for a value that is not finite.
  static Standardiser fit(const Tensor& x, std::source_location where = std::source_location::current());
  /// Measures the x of a data set and stores its feature names.
  static Standardiser fit(const Dataset& train, std::source_location where = std::source_location::current());

  /// (x − mean) / stddev, in new memory (example after example), of x's dtype. ShapeError if the number of features
  /// differs; DTypeError for i32.
  Tensor apply(const Tensor& x, std::source_location where = std::source_location::current()) const;
  /// The data set with the standardised x in place of its own. ValueError, naming the first difference, if its features
  /// have other names than those that were measured.
  Dataset apply(const Dataset& dataset, std::source_location where = std::source_location::current()) const;
  /// x · stddev + mean: undoes `apply`.
  Tensor invert(const Tensor& x, std::source_location where = std::source_location::current()) const;
};

/// The training set as `standardise` takes it: a Dataset turns into it by itself, and the line where it does is the one
/// that errors name.
struct TrainingSet {
  TrainingSet(Dataset& train, std::source_location line = std::source_location::current())
      : dataset{train}, where{line} {}

  Dataset& dataset;
  std::source_location where;
};

/// Fits on the training set and applies to it and to the others: each gets a new x; the old tensors are not written.
/// Throws what fit and apply throw, and ValueError if features or classes have other names than in the training set;
/// then no data set is changed.
template <std::same_as<Dataset>... Others>
Standardiser standardise(TrainingSet train, Others&... others) {
  (check_names(train.dataset, others, "another set", "standardise", train.where), ...);
  const Standardiser scale = Standardiser::fit(train.dataset, train.where);
  std::array<Tensor, 1 + sizeof...(Others)> scaled{scale.apply(train.dataset.x, train.where),
                                                   scale.apply(others.x, train.where)...};
  std::size_t next = 0;
  train.dataset.x = std::move(scaled[next++]);
  ((others.x = std::move(scaled[next++])), ...);
  return scale;
}

}  // namespace capstan::data
