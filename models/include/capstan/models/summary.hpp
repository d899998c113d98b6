// summary: a model as a table, "getting your matrix dimensions right" at a glance. The text has no line end at its end.
//
//   layer l    n^[l]  g^[l]    W^[l]       b^[l]     A^[l]     parameters
//   0 (input)    784                                 (784, m)
//   1            128  relu     (128, 784)  (128, 1)  (128, m)     100,480
#pragma once

#include <source_location>
#include <string>
#include <vector>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
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

}  // namespace capstan::models
