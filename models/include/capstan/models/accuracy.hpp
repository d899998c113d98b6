// accuracy: the part of the examples that a model gets right.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <source_location>

#include <capstan/data/dataset.hpp>
#include <capstan/graph/tensor.hpp>
#include <capstan/graph/var.hpp>

namespace capstan::models {

struct AccuracyOptions {
  std::int64_t batch = 1024;  ///< examples computed at once
};

/// The same for any function that records outputs for x.
double accuracy(const std::function<Var(const Operand& x)>& outputs, const data::Dataset& dataset,
                const AccuracyOptions& options = {}, std::source_location where = std::source_location::current());

/// Examples that the model's operator() gets right, divided by m; in [0, 1].
///
/// Outputs   (1, m) probabilities: the answer is 1 where the output is above 0.5, else 0; y is (1, m) of 0 and 1, or
///           labels (m) of i32 that are 0 and 1. (classes, m) probabilities or logits: the answer is the class of the
///           largest output; y is labels (m) of i32, or (classes, m), whose largest element says the class.
/// Throws    ShapeError where outputs and y are not such a pair; IndexError for a label that is no class; ValueError
///           for a y (1, m) that is not 0 or 1, for a data set without examples, and for a batch below 1; what the
///           model throws.
/// Cost      one pass over the data in batches, on a tape that is recorded over, so that memory does not grow with m.
template <class Model>
  requires requires(const Model& model, const Operand& x) {
    { model(x) } -> std::same_as<Var>;
  }
double accuracy(const Model& model, const data::Dataset& dataset, const AccuracyOptions& options = {},
                std::source_location where = std::source_location::current()) {
  return accuracy(std::function<Var(const Operand&)>{[&model](const Operand& x) { return model(x); }}, dataset, options,
                  where);
}

}  // namespace capstan::models
