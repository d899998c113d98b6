// CustomOp: an operation of the user's own, made of two functions – the value, and the gradient rule written with ops.
//
//   static const CustomOp cube{{.name = "cube",
//                               .forward = [](const CustomForward& f) { … f.input<double>(0) … f.output<double>() … },
//                               .gradient = [](const CustomGradient& g) {
//                                 return std::vector<Var>{3.0 * g.input(0) * g.input(0) * g.dy()};
//                               }}};
//   Var y = cube(x);
//
// The functions of an op must keep to these rules:
//
// - `forward` computes the whole output from the inputs, and from nothing else that changes while the tape runs. It does
//   not use the tape that calls it: ValueError if it records there, reads a value that is not computed yet, or rewinds.
// - `shape` depends on the shapes that it is given and does not use the tape.
// - `gradient` records ops on the tape and may read values there. It neither rewinds the tape nor asks for gradients. A
//   gradient has the shape of its input; that of an elementwise op may have the output's shape instead, and is then
//   summed over the axes along which the input was broadcast. ShapeError for any other.
//
// An op runs once between two rewinds: its output is kept for every value that is computed from it.
//
// An op may be constructed in every step, where it is used. If it has the name of the op in the same position of the step
// before, it takes that op's place, and the tape plans anew only if the output has another shape.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <capstan/graph/op.hpp>

namespace capstan {

namespace engine {
struct CustomDefinition;
}  // namespace engine

/// What the function `forward` is given: row-major inputs and a row-major output to fill.
class CustomForward {
 public:
  /// Made by the tape for each call.
  explicit CustomForward(const engine::CallArguments& call, std::string_view name) noexcept
      : call_{call}, name_{name} {}

  std::size_t input_count() const noexcept { return call_.inputs.size(); }
  /// IndexError if there is no such input.
  const Shape& input_shape(std::size_t input) const { return array(input).shape; }
  DType input_dtype(std::size_t input) const { return array(input).dtype; }
  const Shape& output_shape() const noexcept { return call_.output.shape; }
  DType output_dtype() const noexcept { return call_.output.dtype; }
  /// DTypeError if T is not the input's dtype; IndexError if there is no such input.
  template <Element T>
  std::span<const T> input(std::size_t index) const {
    return elements<const T>(array(index));
  }
  template <Element T>
  std::span<T> output() const {
    return elements<T>(call_.output);
  }

 private:
  const engine::Array& array(std::size_t input) const;
  void check(const engine::Array& array, DType wanted) const;
  template <class T>
  std::span<T> elements(const engine::Array& array) const {
    check(array, dtype_of<std::remove_const_t<T>>());
    return {static_cast<T*>(array.data), static_cast<std::size_t>(array.shape.elements())};
  }

  const engine::CallArguments& call_;
  std::string_view name_;
};

/// What the function `gradient` is given: the op's inputs and output, and the gradient dy of the output.
class CustomGradient {
 public:
  /// Made by the tape for each call.
  explicit CustomGradient(const engine::Rule& rule) noexcept : rule_{rule} {}

  std::size_t input_count() const { return rule_.size(); }
  /// IndexError if there is no such input.
  Var input(std::size_t index) const;
  Var output() const { return rule_.y(); }
  const Var& dy() const noexcept { return rule_.dy(); }

 private:
  const engine::Rule& rule_;
};

/// What an op consists of.
struct CustomOpOptions {
  std::string name;
  std::function<void(const CustomForward&)> forward;
  /// Returns one Var per input, in order, of the input's shape; an empty Var where there is no gradient. Without this
  /// function, gradients stop here. It is called in every step, so it may use values that change from step to step.
  std::function<std::vector<Var>(const CustomGradient&)> gradient = {};
  /// Returns the output's shape, given the inputs' shapes. Without it, all inputs must have the same shape, which is the
  /// output's.
  std::function<Shape(std::span<const Shape>)> shape = {};
  /// True if each element of the output depends on the input elements in the same position only. Operands of the same
  /// dtype then broadcast as those of the library's own ops do, and the op runs fused with its neighbours: `forward` is
  /// called for one range of the elements after another, in any order and perhaps by several threads at once. In each
  /// call every input has the length of the output range, that of a broadcast operand as well, and no input shares memory
  /// with the output.
  bool elementwise = false;
};

/// The op as a function object. A copy is the same op.
class CustomOp {
 public:
  /// ValueError if the name or the forward function is missing, or an elementwise op has a shape function.
  explicit CustomOp(CustomOpOptions options, std::source_location where = std::source_location::current());

  /// Operands of i32 (labels, indices) may stand beside those of f32 or f64, whose dtype the output has, unless the op
  /// is elementwise.
  ///
  /// Throws    DTypeError where dtypes do not go together; ShapeError where shapes differ and there is no shape
  ///           function, or do not broadcast; ValueError for an elementwise op of more than 32 operands, and for a
  ///           CustomOp that was moved from; what the user's own functions throw, which leaves the tape as it was.
  Var operator()(const Operand& x, std::source_location where = std::source_location::current()) const;
  Var operator()(const Operand& a, const Operand& b,
                 std::source_location where = std::source_location::current()) const;
  Var operator()(const Operand& a, const Operand& b, const Operand& c,
                 std::source_location where = std::source_location::current()) const;
  /// Any number of operands, in braces: op({a, b, c, d}).
  Var operator()(std::initializer_list<Operand> operands,
                 std::source_location where = std::source_location::current()) const;

 private:
  // Shared with the tapes that recorded it, which may outlive this object.
  std::shared_ptr<const engine::CustomDefinition> definition_;
};

}  // namespace capstan
