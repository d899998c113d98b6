#include <capstan/graph/parameter.hpp>

#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

void check(const std::string& name, const Tensor& value, std::source_location where) {
  if (!value.storage()) {
    throw ValueError{fmt::format("parameter \"{}\": there is no tensor, it was moved from or never assigned\n  at {}",
                                 name, place(where))};
  }
  if (is_floating(value.dtype())) return;
  throw DTypeError{fmt::format("parameter \"{}\": dtype must be f32 or f64, got {}\n  at {}", name,
                               name_of(value.dtype()), place(where))};
}

/// True if no other tensor shares the memory, and this one covers all of it.
bool is_sole(const Tensor& value) {
  const StoragePtr& memory = value.storage();
  return memory && memory->unique() && memory->owned() && value.is_contiguous() &&
         static_cast<std::size_t>(value.elements()) * size_of(value.dtype()) == memory->bytes();
}

}  // namespace

Parameter::Parameter(std::string name, const Tensor& value, std::source_location where) {
  check(name, value, where);
  state_ = std::make_shared<State>(State{std::move(name), value.copy()});
}

Parameter::Parameter(std::string name, Tensor&& value, std::source_location where) {
  check(name, value, where);
  Tensor own = is_sole(value) ? std::move(value) : value.copy();
  state_ = std::make_shared<State>(State{std::move(name), std::move(own)});
}

void Parameter::assign(const Tensor& value, std::source_location where) {
  if (!(value.shape() == shape(where))) {
    throw ShapeError{fmt::format("assign: parameter \"{}\" has shape {}, got {}\n  at {}", name(), to_string(shape()),
                                 to_string(value.shape()), place(where))};
  }
  if (value.dtype() != dtype()) {
    throw DTypeError{fmt::format("assign: parameter \"{}\" is {}, got {}\n  at {}", name(), name_of(dtype()),
                                 name_of(value.dtype()), place(where))};
  }
  state_->value.assign(value, where);
}

void Parameter::refuse_none(const Line& where) {
  throw ValueError{fmt::format("parameter: there is none, it was moved from\n  at {}", place(where))};
}

}  // namespace capstan
