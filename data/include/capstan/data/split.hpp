// split: divides a data set at random into a part to learn from and a part held back.
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// Options of split.
struct SplitOptions {
  double test_fraction = 0.2;  ///< part of the examples that goes to the test set
  std::uint64_t seed = 0;      ///< the same seed gives the same parts
  bool shuffle = true;         ///< false: the last examples are the test set, and both parts are views
  bool stratify = false;       ///< every class in proportion in both parts; needs one label or number an example
};

/// Divides the examples in two. The test set has round(test_fraction · m) examples, but at least one and never all.
///
/// Throws    ValueError for a test_fraction outside (0, 1), for fewer than two examples, and for a stratified split that
///           does not shuffle or whose y has several values an example; ShapeError if x and y do not have the same m.
/// Cost      one copy of the data; none without shuffle.
Split split(const Dataset& dataset, const SplitOptions& options = {},
            std::source_location where = std::source_location::current());

}  // namespace capstan::data
