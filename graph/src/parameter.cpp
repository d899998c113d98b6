#include <capstan/graph/parameter.hpp>

#include <utility>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

namespace capstan {

Parameter::Parameter(std::string name, const Tensor& value, std::source_location where) {
  if (!is_floating(value.dtype())) {
    throw DTypeError{fmt::format("parameter \"{}\": dtype must be f32 or f64, got {}\n  at {}", name,
                                 name_of(value.dtype()), place(where))};
  }
  state_ = std::make_shared<State>(State{std::move(name), value.copy()});
}

void Parameter::assign(const Tensor& value, std::source_location where) {
  if (!(value.shape() == shape())) {
    throw ShapeError{fmt::format("assign: parameter \"{}\" has shape {}, got {}\n  at {}", name(), to_string(shape()),
                                 to_string(value.shape()), place(where))};
  }
  if (value.dtype() != dtype()) {
    throw DTypeError{fmt::format("assign: parameter \"{}\" is {}, got {}\n  at {}", name(), name_of(dtype()),
                                 name_of(value.dtype()), place(where))};
  }
  state_->value.assign(value, where);
}

}  // namespace capstan
