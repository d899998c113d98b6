// Var and Operand: everything that needs no computing.

#include <cstddef>
#include <new>

#include <fmt/core.h>

#include <capstan/graph/op.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/describe.hpp"
#include "tape_state.hpp"

namespace capstan {

namespace {

const TapeState& state_of(const Var& x, std::string_view what,
                          std::source_location where = std::source_location::current()) {
  if (!x.is_current()) refuse_stale(x, what, where);
  return *x.state();
}

}  // namespace

const Shape& Var::shape() const { return *state_of(*this, "shape").node(id_).shape; }
DType Var::dtype() const { return state_of(*this, "dtype").node(id_).dtype; }

Tensor Var::value(std::source_location where) const {
  state_of(*this, "value", where);
  return state()->value(*this, where);
}

double Var::item(std::source_location where) const {
  const Shape& own = *state_of(*this, "item", where).node(id_).shape;
  if (own.elements() != 1) {
    throw ShapeError{fmt::format("item: the value must have one element, got shape {}\n  x: {}\n  at {}", own,
                                 describe(state()->recording(), id_), place(where))};
  }
  return state()->item(*this, where);
}

const Op& engine::op_of(const Var& x) { return *state_of(x, "op_of").node(x.id()).op; }

Var engine::input_of(const Var& x, std::size_t index) {
  const TapeState& state = state_of(x, "input_of");
  return x.state()->var(state.recording().inputs(state.node(x.id()))[index]);
}

const Shape& Operand::shape() const {
  alignas(Shape) static std::byte memory[sizeof(Shape)];
  static const Shape& number_shape = *new (memory) Shape;  // never destroyed: tapes of static objects ask as well
  switch (kind_) {
    case Kind::var:
      return var_.shape();
    case Kind::parameter:
      return parameter().shape(where_);
    case Kind::buffer:
      return buffer().shape(where_);
    case Kind::tensor:
      return tensor().shape();
    case Kind::number:
      break;
  }
  return number_shape;
}

DType Operand::dtype() const {
  switch (kind_) {
    case Kind::var:
      return var_.dtype();
    case Kind::parameter:
      return parameter().dtype(where_);
    case Kind::buffer:
      return buffer().dtype(where_);
    case Kind::tensor:
      return tensor().dtype();
    case Kind::number:
      break;
  }
  return DType::f64;
}

}  // namespace capstan
