// StateTensor: what Parameter and Buffer have in common – a named tensor that belongs to a model, and that files and
// snapshots keep.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

/// A handle to a named value and its version: copies share the value. It is made as a Parameter or as a Buffer, and a copy
/// of either is a StateTensor that looks at the same value.
class StateTensor {
  using Line = std::source_location;

 public:
  // All of these throw ValueError for one that was moved from.
  const std::string& name(Line where = Line::current()) const& { return state(where).name; }
  std::string name(Line where = Line::current()) const&& { return state(where).name; }
  /// The value itself, not a copy: it changes when it is written. As everywhere, a const Tensor is a handle that keeps
  /// looking at the same elements, not a promise that they stay: a copy of it writes into the model.
  const Tensor& value(Line where = Line::current()) const& { return state(where).value; }
  Tensor value(Line where = Line::current()) const&& { return state(where).value; }
  const Shape& shape(Line where = Line::current()) const& { return state(where).value.shape(); }
  Shape shape(Line where = Line::current()) const&& { return state(where).value.shape(); }
  DType dtype(Line where = Line::current()) const { return state(where).value.dtype(); }
  std::uint64_t version(Line where = Line::current()) const { return state(where).value.version(); }

  /// Writes a value of the same shape and dtype over the old one. ShapeError, DTypeError.
  void assign(const Tensor& value, std::source_location where = std::source_location::current());

  /// Parameters are trained, buffers are not.
  enum class Kind : std::uint8_t { parameter, buffer };
  Kind kind() const noexcept { return kind_; }

  /// Same parameter or buffer, not merely an equal value.
  friend bool operator==(const StateTensor& a, const StateTensor& b) noexcept { return a.state_ == b.state_; }
  /// Null for one that was moved from.
  const void* identity() const noexcept { return state_.get(); }

 protected:
  StateTensor(Kind kind, std::string name, const Tensor& value, const Line& where);
  StateTensor(Kind kind, std::string name, Tensor&& value, const Line& where);

 private:
  struct State {
    std::string name;
    Tensor value;
  };
  void check(const std::string& name, const Tensor& value, const Line& where) const;
  State& state(const Line& where) const {
    if (!state_) refuse_none(where);
    return *state_;
  }
  [[noreturn]] void refuse_none(const Line& where) const;

  std::shared_ptr<State> state_;  // copies are the same value, and none of them is its only owner
  Kind kind_;
};

/// "parameter" or "buffer".
std::string_view name_of(StateTensor::Kind kind) noexcept;

/// A parameter or buffer, and where it stands in its model.
struct NamedState {
  std::string name;
  StateTensor tensor;
};

/// Prints the value.
std::ostream& operator<<(std::ostream& out, const StateTensor& x);

}  // namespace capstan
