#include <capstan/graph/custom_op.hpp>

#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "tape/custom/function_op.hpp"

namespace capstan {

namespace {

void check(const CustomOpOptions& options, const std::source_location& where) {
  if (options.name.empty()) throw ValueError{fmt::format("CustomOp: needs a name\n  at {}", place(where))};
  if (!options.forward) {
    throw ValueError{fmt::format("CustomOp: \"{}\" needs a forward function\n  at {}", options.name, place(where))};
  }
  if (options.elementwise && options.shape) {
    throw ValueError{
        fmt::format("CustomOp: \"{}\" is elementwise, its shapes broadcast: it takes no shape function\n  at {}",
                    options.name, place(where))};
  }
}

[[noreturn]] void refuse_index(std::string_view name, std::size_t index, std::size_t size,
                               const std::source_location& where) {
  throw IndexError{fmt::format("{}: there is no input {}, the op has {}\n  at {}", name, index, size, place(where))};
}

}  // namespace

const Array& CustomForward::array(std::size_t input) const {
  if (input >= input_count()) refuse_index(name_, input, input_count(), call_.where);
  return call_.inputs[input];
}

void CustomForward::check(const Array& array, DType wanted) const {
  if (array.dtype == wanted) return;
  throw DTypeError{fmt::format("{}: elements of shape {} are {}, not {}\n  at {}", name_, array.shape, array.dtype,
                               wanted, place(call_.where))};
}

Var CustomGradient::input(std::size_t index) const {
  if (index >= input_count()) refuse_index(op_of(rule_.y()).name(), index, input_count(), rule_.where());
  return rule_.input(index);
}

CustomOp::CustomOp(CustomOpOptions options, std::source_location where) {
  check(options, where);
  definition_ = std::make_shared<const CustomDefinition>(std::move(options), where);
}

Var CustomOp::operator()(const Operand& x, std::source_location where) const {
  return record_custom(definition_, std::array{&x}, where);
}
Var CustomOp::operator()(const Operand& a, const Operand& b, std::source_location where) const {
  return record_custom(definition_, std::array{&a, &b}, where);
}
Var CustomOp::operator()(const Operand& a, const Operand& b, const Operand& c, std::source_location where) const {
  return record_custom(definition_, std::array{&a, &b, &c}, where);
}
Var CustomOp::operator()(std::initializer_list<Operand> operands, std::source_location where) const {
  boost::container::small_vector<const Operand*, 8> pointers;
  for (const Operand& operand : operands) pointers.push_back(&operand);
  return record_custom(definition_, {pointers.data(), pointers.size()}, where);
}

}  // namespace capstan
