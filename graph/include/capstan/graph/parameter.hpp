// Parameter: a named value that training changes. It is a handle: copies share the value, so a model, an optimizer and
// a tape all speak of the same numbers.
#pragma once

#include <iosfwd>
#include <memory>
#include <source_location>
#include <string>

#include <capstan/graph/tensor.hpp>

namespace capstan {

class Parameter {
 public:
  /// Takes a copy of the value, so that nobody else writes into it. DTypeError for i32.
  Parameter(std::string name, const Tensor& value, std::source_location where = std::source_location::current());
  /// The same; of a tensor that nobody else looks at, such as a new one, without a copy.
  Parameter(std::string name, Tensor&& value, std::source_location where = std::source_location::current());

  const std::string& name() const noexcept { return state_->name; }
  /// The value itself, not a copy: it changes when the parameter is written.
  const Tensor& value() const noexcept { return state_->value; }
  const Shape& shape() const noexcept { return state_->value.shape(); }
  DType dtype() const noexcept { return state_->value.dtype(); }
  std::uint64_t version() const noexcept { return state_->value.version(); }

  /// Writes a value of the same shape and dtype over the old one. ShapeError, DTypeError.
  void assign(const Tensor& value, std::source_location where = std::source_location::current());
  /// A parameter of its own with the same name and a copy of the value.
  Parameter clone() const { return {name(), value()}; }

  /// Same parameter, not merely an equal value.
  friend bool operator==(const Parameter& a, const Parameter& b) noexcept { return a.state_ == b.state_; }
  const void* identity() const noexcept { return state_.get(); }

 private:
  struct State {
    std::string name;
    Tensor value;
  };
  std::shared_ptr<State> state_;  // copies are the same parameter, and none of them is its only owner
};

/// The value.
std::ostream& operator<<(std::ostream& out, const Parameter& p);

}  // namespace capstan
