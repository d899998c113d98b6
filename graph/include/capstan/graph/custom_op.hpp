// CustomOp: an operation of the user's own, made of two functions – the value, and the gradient rule written with ops.
//
//   static const CustomOp cube{{.name = "cube",
//                               .forward = [](const CustomForward& f) { … f.input<double>(0) … f.output<double>() … },
//                               .gradient = [](const CustomGradient& g) {
//                                 return std::vector<Var>{3.0 * g.input(0) * g.input(0) * g.dy()};
//                               }}};
//   Var y = cube(x);
//
// What an op must promise: `forward` makes its output of its inputs and of nothing that changes while the tape runs, fills
// all of it, and leaves the tape that calls it alone (ValueError if it records on that tape, reads what is not computed
// yet, or rewinds it); `shape` answers by the shapes it is given, and uses the tape as little. `gradient` records ops on the tape and may
// read values there, but neither rewinds nor asks for gradients. An op is run once between two rewinds: its output is kept for all
// that read it. A gradient must have the shape of its input; that of an elementwise op may also have the output's, and
// is summed then over the axes along which the input was broadcast (ShapeError for any other).
//
// An op may be made where it is used, anew in each step: one with the same name that takes the place of the last step's
// is bound in its place, and nothing is planned anew unless its output has another shape.
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

/// What the value function sees: row-major inputs and a row-major output to fill.
class CustomForward {
 public:
  explicit CustomForward(const CallArguments& call, std::string_view name) noexcept : call_{call}, name_{name} {}

  std::size_t size() const noexcept { return call_.inputs.size(); }
  const Shape& shape(std::size_t input) const { return array(input).shape; }
  const Shape& output_shape() const noexcept { return call_.output.shape; }
  DType dtype() const noexcept { return call_.output.dtype; }
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
  const Array& array(std::size_t input) const;
  void check(const Array& array, DType wanted) const;
  template <class T>
  std::span<T> elements(const Array& array) const {
    check(array, dtype_of<std::remove_const_t<T>>());
    return {static_cast<T*>(array.data), static_cast<std::size_t>(array.shape.elements())};
  }

  const CallArguments& call_;
  std::string_view name_;
};

/// What the gradient rule sees.
class CustomGradient {
 public:
  explicit CustomGradient(const Rule& rule) noexcept : rule_{rule} {}

  std::size_t size() const { return rule_.size(); }
  Var input(std::size_t index) const;
  Var output() const { return rule_.y(); }
  const Var& dy() const noexcept { return rule_.dy(); }

 private:
  const Rule& rule_;
};

struct CustomOpOptions {
  std::string name;
  std::function<void(const CustomForward&)> forward;
  /// One Var an input, in order, of the input's shape; an empty Var where there is no gradient. Without a rule,
  /// gradients stop here. The rule is called in every step, so it may use what changes from one to the next.
  std::function<std::vector<Var>(const CustomGradient&)> gradient = {};
  /// The output's shape from the inputs' shapes. Without it, all inputs have one shape, which is the output's.
  std::function<Shape(std::span<const Shape>)> shape = {};
  /// Each element of the output is made of the elements in its place alone. Then operands of one dtype broadcast as
  /// those of the library's own ops do, and the op runs fused with its neighbours: `forward` is called for piece after
  /// piece of the elements, in any order and perhaps by several threads at once. What it sees are pieces: every input
  /// has the output's length, that of a broadcast operand as well, and none lies where the output does.
  bool elementwise = false;
};

struct CustomDefinition;

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
  std::shared_ptr<const CustomDefinition>
      definition_;  // shared with the tapes that recorded it, which may outlive this object
};

}  // namespace capstan
