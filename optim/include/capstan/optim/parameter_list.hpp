// ParameterList: what an optimizer moves, as it is told: parameters(net), named_parameters(net), or a list of parameters.
#pragma once

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/parameter.hpp>

namespace capstan::optim {

class ParameterList {
 public:
  ParameterList(std::initializer_list<Parameter> parameters) : parameters_{parameters} {}
  ParameterList(std::vector<Parameter> parameters) : parameters_{std::move(parameters)} {}
  /// The optimizer calls them by these names, not by those that the parameters have themselves.
  ParameterList(std::vector<NamedParameter> parameters) {
    for (NamedParameter& named : parameters) {
      names_.push_back(std::move(named.name));
      parameters_.push_back(std::move(named.parameter));
    }
  }

  std::vector<Parameter>& parameters() noexcept { return parameters_; }
  /// One a parameter, or none at all.
  std::vector<std::string>& names() noexcept { return names_; }

 private:
  std::vector<Parameter> parameters_;
  std::vector<std::string> names_;
};

}  // namespace capstan::optim
