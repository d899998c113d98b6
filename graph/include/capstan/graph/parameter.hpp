// Parameter: a named value that training changes. It is a handle: copies share the value, so a model, an optimizer and
// a tape all speak of the same numbers.
#pragma once

#include <iosfwd>
#include <memory>
#include <source_location>
#include <string>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

class Parameter {
  using Line = std::source_location;

 public:
  /// Takes a copy of the value, so that nobody else writes into it. DTypeError for i32; ValueError for no tensor.
  Parameter(std::string name, const Tensor& value, std::source_location where = std::source_location::current());
  /// The same; of a tensor that nobody else looks at, such as a new one, without a copy.
  Parameter(std::string name, Tensor&& value, std::source_location where = std::source_location::current());

  // Of one that was moved from, all of these throw ValueError.
  const std::string& name(Line where = Line::current()) const& { return state(where).name; }
  std::string name(Line where = Line::current()) const&& { return state(where).name; }
  /// The value itself, not a copy: it changes when the parameter is written.
  const Tensor& value(Line where = Line::current()) const& { return state(where).value; }
  Tensor value(Line where = Line::current()) const&& { return state(where).value; }
  const Shape& shape(Line where = Line::current()) const& { return state(where).value.shape(); }
  Shape shape(Line where = Line::current()) const&& { return state(where).value.shape(); }
  DType dtype(Line where = Line::current()) const { return state(where).value.dtype(); }
  std::uint64_t version(Line where = Line::current()) const { return state(where).value.version(); }

  /// Writes a value of the same shape and dtype over the old one. ShapeError, DTypeError.
  void assign(const Tensor& value, std::source_location where = std::source_location::current());
  /// A parameter of its own with the same name and a copy of the value.
  Parameter clone(Line where = Line::current()) const { return {name(where), value(where), where}; }

  /// Same parameter, not merely an equal value.
  friend bool operator==(const Parameter& a, const Parameter& b) noexcept { return a.state_ == b.state_; }
  /// Null for one that was moved from.
  const void* identity() const noexcept { return state_.get(); }

 private:
  struct State {
    std::string name;
    Tensor value;
  };
  State& state(const Line& where) const {
    if (!state_) refuse_none(where);
    return *state_;
  }
  [[noreturn]] static void refuse_none(const Line& where);

  std::shared_ptr<State> state_;  // copies are the same parameter, and none of them is its only owner
};

/// A parameter and where it stands in its model: `for (const auto& [name, parameter] : named_parameters(net))`.
struct NamedParameter {
  std::string name;
  Parameter parameter;
};

/// The value.
std::ostream& operator<<(std::ostream& out, const Parameter& p);

}  // namespace capstan
