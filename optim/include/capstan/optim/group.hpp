// Group: parameters with options of their own, such as biases without weight decay:
//
//   optim::Sgd descent{named_parameters(net),
//                      {.learning_rate = 0.1, .weight_decay = 1e-4, .groups = {{.names = {"*.b"}, .weight_decay = 0.0}}}};
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/optim/parameter_list.hpp>

namespace capstan::optim {

/// A learning rate that options must hold: it has no default, so that a program which leaves it out does not compile. It
/// is made of a number and read as one.
class LearningRate {
 public:
  constexpr LearningRate(double value) noexcept : value_{value} {}
  constexpr operator double() const noexcept { return value_; }

 private:
  double value_;
};

/// Which parameters, and what is different for them; what is left out is as for the others. Every optimizer takes groups.
///
/// Names are patterns as in a shell: `*` stands for any characters, `?` for one, `[ab]` for one of these. They are compared
/// with the names that the optimizer knows: the places in the model where it was given `named_parameters(net)`, else the
/// parameters' own.
struct Group {
  std::vector<std::string> names = {};
  std::vector<Parameter> parameters = {};  ///< beside those with such names
  std::optional<double> learning_rate = {};
  std::optional<double> weight_decay = {};
};

/// Biases and the factors and shifts of normalisations, in a group without weight decay; no group where there are none:
///
///   optim::AdamW adamw{parameters(net), {.learning_rate = 1e-3, .groups = optim::no_decay(named_parameters(net))}};
///
/// These are the parameters whose name's last part – "b" in "out.b" – is "b", "bias", "gamma" or "beta", with a number behind
/// it ("b1") or not.
std::vector<Group> no_decay(ParameterList parameters, std::source_location where = std::source_location::current());

}  // namespace capstan::optim
