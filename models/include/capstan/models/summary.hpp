// summary: a model as a table, "getting your matrix dimensions right" at a glance. The text has no line end at its end.
//
//   layer l    n^[l]  g^[l]    W^[l]       b^[l]     A^[l]     parameters
//   0 (input)    784                                 (784, m)
//   1            128  relu     (128, 784)  (128, 1)  (128, m)     100,480
#pragma once

#include <concepts>
#include <source_location>
#include <string>
#include <vector>

#include <capstan/graph/tape.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/models/pass.hpp>
#include <capstan/models/visit.hpp>

namespace capstan::models {

/// Layer by layer: n^[l], the activation, the shapes of W^[l], b^[l] and A^[l], and the number of parameters.
std::string summary(const DeepNet& net);
std::string summary(const LogisticRegression& model);

/// A table of parameters and buffers: name, shape, count, and the total of the parameters.
std::string summary(const std::vector<NamedState>& state);

/// A table of the parameters and buffers of any struct with `visit`. ValueError as named_state.
template <Visitable Model>
std::string summary(const Model& model, std::source_location where = std::source_location::current()) {
  return summary(named_state(model, where));
}

namespace detail {

/// The table of a net that was recorded on the tape, with the value y for x.
std::string summary_of_shapes(const std::vector<NamedState>& state, Tape& tape, const Var& x, const Var& y);

}  // namespace detail

/// Layer by layer, for an x of this shape: the shape of the layer's value, its parameters, and the multiply-adds of its
/// products and convolutions. The net is recorded for evaluation, `model(x, Pass{})` or `model(x)`, and not computed. A layer
/// is what has parameters; functions between layers are left out.
///
///   layer    shape               parameters  multiply-adds
///   (input)  (64, 3, 32, 32)
///   c1       (64, 16, 32, 32)           448     28,311,552
///
/// Throws    what the model throws for such an x, of the dtype of its first parameter; ValueError as named_state.
template <Visitable Model>
std::string summary(const Model& model, const Shape& x, std::source_location where = std::source_location::current()) {
  const std::vector<NamedState> state = named_state(model, where);
  Tape tape{{.inference = true}};
  const Var leaf = tape.constant(Tensor::zeros(x, state.empty() ? DType::f32 : state[0].tensor.dtype()), where);
  if constexpr (requires { model(Operand{leaf}, Pass{}); }) {
    return detail::summary_of_shapes(state, tape, leaf, model(Operand{leaf, where}, Pass{}));
  } else {
    return detail::summary_of_shapes(state, tape, leaf, model(Operand{leaf, where}));
  }
}

}  // namespace capstan::models
