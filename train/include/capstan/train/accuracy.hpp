// accuracy: the part of the examples that a model gets right.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <source_location>

#include <capstan/data/dataset.hpp>
#include <capstan/graph/var.hpp>
#include <capstan/models/decision.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::train {

/// Options of accuracy.
struct AccuracyOptions {
  std::int64_t batch_size = 1024;  ///< examples computed at once
  /// How the outputs are read; none: as the model says by a member `decision()`, as DeepNet and LogisticRegression do,
  /// else above_half for one row of outputs and largest for several.
  models::Decision decision = models::Decision::none;
  /// What the model learned from, if the names of features and classes are to be compared; must live as long as the
  /// call.
  const data::Dataset* train = nullptr;
};

/// The accuracy of any function that records outputs for x; as for a model below.
double accuracy(const std::function<Var(const Operand& x)>& outputs, const data::Dataset& dataset,
                const AccuracyOptions& options = {}, std::source_location where = std::source_location::current());

namespace detail {

/// A model whose operator() records outputs for x, with a Pass or without. What it gives converts to a Var.
template <class Model>
concept TakesPass = requires(Model& model, const Operand& x, const Pass& pass) {
  { model(x, pass) } -> std::convertible_to<Var>;
};
template <class Model>
concept GivesOutputs = TakesPass<Model> || requires(Model& model, const Operand& x) {
  { model(x) } -> std::convertible_to<Var>;
};

/// The outputs of a model, which is evaluated if it takes a Pass.
template <GivesOutputs Model>
Var evaluate(Model& model, const Operand& x) {
  if constexpr (TakesPass<Model>) {
    return model(x, Pass{});
  } else {
    return model(x);
  }
}

}  // namespace detail

/// The number of examples that the model's operator() gets right, divided by m; in [0, 1]. An example is right if every
/// answer that `decide` computes from its outputs equals y; so accuracy and predict never disagree, and a NaN is never
/// right.
///
/// Model     operator()(x), or operator()(x, pass), which is called for evaluation.
/// Outputs   (units, m), by the decision. above_half: y has the outputs' shape and is 0 or 1, and an example of several
///           units is right where every unit is; for one unit y may be labels (m) of i32 that are 0 and 1. largest: the
///           outputs are probabilities or logits of classes, y is labels (m) of i32 or (classes, m), whose largest
///           element says the class.
/// Throws    ShapeError where outputs and y are not such a pair, outputs of another rank included; IndexError for a
///           label that is no class; ValueError for a y that must be 0 or 1 and is not, for a y (classes, m) with no
///           largest element or several in a column, for a data set without examples, for a batch_size below 1, and for a
///           number that is no Decision, and for names that differ from those of `train`; what the model throws.
/// Cost      one pass over the data in batches, on a tape that is recorded over, so that memory does not grow with m.
template <class Model>
  requires detail::GivesOutputs<const Model>
double accuracy(const Model& model, const data::Dataset& dataset, const AccuracyOptions& options = {},
                std::source_location where = std::source_location::current()) {
  AccuracyOptions chosen = options;
  if (chosen.decision == models::Decision::none) chosen.decision = models::decision_of(model);
  return accuracy(std::function<Var(const Operand&)>{[&model](const Operand& x) { return detail::evaluate(model, x); }},
                  dataset, chosen, where);
}

}  // namespace capstan::train
