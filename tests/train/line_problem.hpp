// A small problem for the tests of fit: points on the two sides of a line, in batches that do not come out even.
#pragma once

#include <cstdint>
#include <source_location>

#include <capstan/data/dataset.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/train/fit.hpp>

/// x (2, m), y (1, m) of 0 and 1.
inline capstan::data::Dataset line_problem(std::int64_t m, std::uint64_t seed,
                                           capstan::DType dtype = capstan::DType::f64) {
  using capstan::Tensor;
  capstan::Rng rng{seed};
  capstan::data::Dataset set{Tensor::normal({2, m}, rng, {.dtype = dtype}), Tensor::zeros({1, m}, dtype)};
  for (std::int64_t i = 0; i < m; ++i) set.y.set({0, i}, set.x.at({0, i}) > set.x.at({1, i}) ? 1.0 : 0.0);
  return set;
}

/// Trains a model that nobody asks afterwards: fit takes no temporary.
template <class Model>
capstan::train::History fit_new(Model model, const capstan::data::Dataset& train,
                                const capstan::train::FitOptions& options,
                                std::source_location where = std::source_location::current()) {
  return capstan::train::fit(model, train, options, where);
}
