#include <capstan/graph/state_tensor.hpp>

#include <utility>

#include <fmt/format.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

namespace capstan {

namespace {

/// True if no other tensor shares the memory, and this one covers all of it.
bool is_sole(const Tensor& value) {
  const StoragePtr& memory = value.storage();
  return memory && memory->unique() && memory->owned() && value.is_contiguous() &&
         static_cast<std::size_t>(value.elements()) * size_of(value.dtype()) == memory->bytes();
}

}  // namespace

std::string_view name_of(StateTensor::Kind kind) noexcept {
  return kind == StateTensor::Kind::parameter ? "parameter" : "buffer";
}

StateTensor::StateTensor(Kind kind, std::string name, const Tensor& value, const Line& where) : kind_{kind} {
  check(name, value, where);
  state_ = std::make_shared<State>(State{std::move(name), value.copy()});
}

StateTensor::StateTensor(Kind kind, std::string name, Tensor&& value, const Line& where) : kind_{kind} {
  check(name, value, where);
  Tensor own = is_sole(value) ? std::move(value) : value.copy();
  state_ = std::make_shared<State>(State{std::move(name), std::move(own)});
}

void StateTensor::check(const std::string& name, const Tensor& value, const Line& where) const {
  if (!value.storage()) {
    throw ValueError{fmt::format("{} \"{}\": there is no tensor, it was moved from or never assigned\n  at {}",
                                 name_of(kind_), name, place(where))};
  }
  if (kind_ == Kind::buffer || is_floating(value.dtype())) return;
  throw DTypeError{fmt::format("parameter \"{}\": dtype must be f32 or f64, got {}\n  at {}", name,
                               name_of(value.dtype()), place(where))};
}

void StateTensor::assign(const Tensor& value, std::source_location where) {
  if (!(value.shape() == shape(where))) {
    throw ShapeError{fmt::format("assign: {} \"{}\" has shape {}, got {}\n  at {}", name_of(kind_), name(),
                                 to_string(shape()), to_string(value.shape()), place(where))};
  }
  if (value.dtype() != dtype()) {
    throw DTypeError{fmt::format("assign: {} \"{}\" is {}, got {}\n  at {}", name_of(kind_), name(), name_of(dtype()),
                                 name_of(value.dtype()), place(where))};
  }
  state_->value.assign(value, where);
}

void StateTensor::refuse_none(const Line& where) const {
  throw ValueError{fmt::format("{}: there is none, it was moved from\n  at {}", name_of(kind_), place(where))};
}

}  // namespace capstan
