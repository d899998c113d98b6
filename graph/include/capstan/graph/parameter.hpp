// Parameter: a named value that training changes. It is a handle: copies share the value, so a model, an optimizer and
// a tape all speak of the same numbers.
#pragma once

#include <optional>
#include <source_location>
#include <string>
#include <utility>

#include <capstan/graph/state_tensor.hpp>

namespace capstan {

/// A handle to a named value and its version. Copies are the same parameter; `clone` makes another.
class Parameter : public StateTensor {
 public:
  /// Takes a copy of the value, so that nobody else writes into it. DTypeError for i32; ValueError for no tensor.
  Parameter(std::string name, const Tensor& value, std::source_location where = std::source_location::current())
      : StateTensor{Kind::parameter, std::move(name), value, where} {}
  /// Takes the tensor itself, without a copy, if nobody else looks at its memory, as at that of a new one.
  Parameter(std::string name, Tensor&& value, std::source_location where = std::source_location::current())
      : StateTensor{Kind::parameter, std::move(name), std::move(value), where} {}

  /// The parameter that this is; none where it is a buffer.
  static std::optional<Parameter> of(const StateTensor& x) {
    return x.kind() == Kind::parameter ? std::optional{Parameter{x}} : std::nullopt;
  }
  /// A parameter of its own with the same name and a copy of the value.
  Parameter clone(std::source_location where = std::source_location::current()) const {
    return {name(where), value(where), where};
  }

 private:
  explicit Parameter(const StateTensor& x) : StateTensor{x} {}
};

/// A parameter and where it stands in its model: `for (const auto& [name, parameter] : named_parameters(net))`.
struct NamedParameter {
  std::string name;
  Parameter parameter;
};

}  // namespace capstan
