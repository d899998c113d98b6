#include <capstan/graph/custom_op.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <capstan/graph/error.hpp>
#include <capstan/graph/format.hpp>

#include "retain.hpp"

namespace capstan {

namespace {

class FunctionOp final : public Op {
 public:
  explicit FunctionOp(CustomOpOptions options) : options_{std::move(options)} {}

  std::string_view name() const noexcept override { return options_.name; }

  ArrayType infer(const Signature& signature) const override {
    const DType dtype = result_dtype(signature);
    boost::container::small_vector<Shape, 4> shapes;
    for (std::size_t i = 0; i < signature.size(); ++i) shapes.push_back(signature.shape(i));
    if (options_.shape) return {dtype, options_.shape({shapes.data(), shapes.size()})};
    for (const Shape& shape : shapes) {
      if (shape == shapes[0]) continue;
      throw ShapeError{signature.message(
          fmt::format("operands must have one shape unless CustomOpOptions::shape says what they give, got {} and {}",
                      shapes[0], shape),
          {})};
    }
    return {dtype, shapes[0]};
  }

  void forward(const Forward& f) const override { options_.forward(CustomForward{f, options_.name}); }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    if (!options_.gradient) return;
    const std::vector<Var> answer = options_.gradient(CustomGradient{rule});
    if (answer.size() != dx.size()) {
      throw ValueError{fmt::format(
          "{}: the gradient rule must give one Var an operand, empty where there is no gradient, got {} for {} operands"
          "\n  at {}",
          name(), answer.size(), dx.size(), place(rule.where()))};
    }
    std::copy(answer.begin(), answer.end(), dx.begin());
  }
  bool gradient_may_change() const noexcept override { return static_cast<bool>(options_.gradient); }

 private:
  /// The floating dtype of the operands; labels and indices of i32 may stand beside it.
  static DType result_dtype(const Signature& signature) {
    DType common = DType::i32;
    for (std::size_t i = 0; i < signature.size(); ++i) {
      const DType dtype = signature.dtype(i);
      if (is_floating(common) && is_floating(dtype) && dtype != common) {
        throw DTypeError{
            signature.message(fmt::format("operands must have one dtype, got {} and {}", common, dtype), {})};
      }
      if (is_floating(dtype)) common = dtype;
    }
    return common;
  }

  CustomOpOptions options_;
};

void check(const CustomOpOptions& options, const std::source_location& where) {
  if (options.name.empty()) throw ValueError{fmt::format("CustomOp: needs a name\n  at {}", place(where))};
  if (options.forward) return;
  throw ValueError{fmt::format("CustomOp: \"{}\" needs a forward function\n  at {}", options.name, place(where))};
}

Var record_retained(const std::shared_ptr<const Op>& op, std::span<const Operand* const> operands,
                    std::source_location where) {
  const Var y = record(*op, operands, {}, where);
  retain(y, op);
  return y;
}

[[noreturn]] void refuse_index(std::string_view name, std::size_t index, std::size_t size,
                               const std::source_location& where) {
  throw IndexError{fmt::format("{}: there is no input {}, the op has {}\n  at {}", name, index, size, place(where))};
}

}  // namespace

const Array& CustomForward::array(std::size_t input) const {
  if (input >= size()) refuse_index(name_, input, size(), forward_.where);
  return forward_.inputs[input];
}

void CustomForward::check(const Array& array, DType wanted) const {
  if (array.dtype == wanted) return;
  throw DTypeError{fmt::format("{}: elements of shape {} are {}, not {}\n  at {}", name_, array.shape, array.dtype,
                               wanted, place(forward_.where))};
}

Var CustomGradient::input(std::size_t index) const {
  if (index >= size()) refuse_index(op_of(rule_.y()).name(), index, size(), rule_.where());
  return rule_.input(index);
}

CustomOp::CustomOp(CustomOpOptions options, std::source_location where) {
  check(options, where);
  op_ = std::make_shared<const FunctionOp>(std::move(options));
}

Var CustomOp::operator()(const Operand& x, std::source_location where) const {
  return record_retained(op_, std::array{&x}, where);
}
Var CustomOp::operator()(const Operand& a, const Operand& b, std::source_location where) const {
  return record_retained(op_, std::array{&a, &b}, where);
}
Var CustomOp::operator()(const Operand& a, const Operand& b, const Operand& c, std::source_location where) const {
  return record_retained(op_, std::array{&a, &b, &c}, where);
}
Var CustomOp::operator()(std::initializer_list<Operand> operands, std::source_location where) const {
  boost::container::small_vector<const Operand*, 8> pointers;
  for (const Operand& operand : operands) pointers.push_back(&operand);
  return record_retained(op_, {pointers.data(), pointers.size()}, where);
}

}  // namespace capstan
