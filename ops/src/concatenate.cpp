#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/concatenate.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/threads.hpp>

#include "axes.hpp"
#include "copy_parts.hpp"
#include "operand_list.hpp"

namespace capstan {

namespace {

/// Concatenate and stack are one op under two names: the operands of concatenate have the axis already. The word of a
/// node is the axis as the user wrote it.
class Concatenate final : public CallOp {
 public:
  constexpr Concatenate(std::string_view name, bool new_axis) noexcept : name_{name}, new_axis_{new_axis} {}

  std::string_view name() const noexcept override { return name_; }

  ArrayType infer(const Signature& s) const override {
    const DType dtype = s.common_dtype({}, true);
    const Shape& first = s.shape(0);
    const std::size_t rank = first.rank() + (new_axis_ ? 1 : 0);
    if (rank == 0) throw ShapeError{s.message("numbers have no axis to be joined along; stack makes one", {})};
    if (rank > max_rank) throw ShapeError{s.message(fmt::format("a tensor has at most {} axes", max_rank), {})};
    if (const auto fault = axes_fault(s.words(), rank)) throw IndexError{s.message(*fault, {})};
    const std::size_t axis = axis_from_front(s.words()[0], rank);
    std::int64_t extent = 0;
    for (std::size_t i = 0; i < s.size(); ++i) {
      if (__builtin_add_overflow(extent, part(s, i, axis), &extent)) {
        throw ShapeError{s.message(fmt::format("the extents of axis {} add up to more than 63 bits count", axis), {})};
      }
    }
    Strides extents(first.begin(), first.end());
    if (new_axis_) extents.insert(extents.begin() + axis, 0);
    extents[axis] = extent;
    return {dtype, Shape(extents)};
  }

  void run(const CallArguments& call) const override {
    if (call.output.shape.elements() == 0) return;
    const std::size_t axis = axis_from_front(call.words[0], call.output.shape.rank());
    const auto size = static_cast<std::int64_t>(size_of(call.output.dtype));
    const std::int64_t bytes = call.output.shape.elements() * size;
    const std::int64_t outer = around_axis(call.output.shape, axis).outer;
    const std::int64_t parts = copy_parts(bytes, call.threads);
    parallel_for(parts, call.threads, [&](std::int64_t part, int) {
      auto* to = static_cast<std::byte*>(call.output.data);
      for (const Array& x : call.inputs) {
        const std::int64_t run = x.shape.elements() * size / outer;
        const auto* from = static_cast<const std::byte*>(x.data);
        const auto [rows, columns] = part_of(outer, run, part, parts);
        for (std::int64_t o = rows.begin; o < rows.end && columns.begin < columns.end; ++o) {
          std::memcpy(to + o * (bytes / outer) + columns.begin, from + o * run + columns.begin,
                      static_cast<std::size_t>(columns.end - columns.begin));
        }
        to += run;
      }
    });
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::size_t axis = axis_from_front(rule.words()[0], rule.dy().shape().rank());
    std::int64_t start = 0;
    for (std::size_t i = 0; i < rule.size(); ++i) {
      const Shape x = rule.input(i).shape();
      const std::int64_t extent = new_axis_ ? 1 : x[axis];
      if (rule.needs(i)) {
        const SliceOptions part{.axis = static_cast<std::int64_t>(axis), .start = start, .stop = start + extent};
        dx[i] = slice(rule.dy(), part);
        if (new_axis_) dx[i] = reshape(dx[i], x);
      }
      start += extent;
    }
  }

  void describe(Description& d, std::span<const Word> words) const override {
    d.add("axis", static_cast<std::int64_t>(words[0]));
  }

 private:
  /// The number of positions along the axis that operand i fills. ShapeError if it does not fit the first operand.
  std::int64_t part(const Signature& s, std::size_t i, std::size_t axis) const {
    const Shape& first = s.shape(0);
    const Shape& x = s.shape(i);
    if (new_axis_) {
      if (x == first) return 1;
      throw ShapeError{s.message(fmt::format("operands must have the same shape, got {} and {}", first, x), {})};
    }
    bool fits = x.rank() == first.rank();
    for (std::size_t k = 0; fits && k < x.rank(); ++k) fits = k == axis || x[k] == first[k];
    if (fits) return x[axis];
    throw ShapeError{
        s.message(fmt::format("operands must agree in all axes but axis {}, got {} and {}", axis, first, x), {})};
  }

  std::string_view name_;
  bool new_axis_;
};

constexpr Concatenate concatenate_op{"concatenate", false};
constexpr Concatenate stack_op{"stack", true};

/// Operands: a list of them, or a span of Vars.
template <class Operands>
Var record_all(const Op& op, const Operands& operands, std::int64_t axis, std::source_location where) {
  return with_operands(operands, where, [&](std::span<const Operand* const> all) {
    if (all.empty()) {
      throw ValueError{fmt::format("{}: needs at least one operand, got none\n  at {}", op.name(), place(where))};
    }
    const auto word = static_cast<Word>(axis);
    return record(op, all, {&word, 1}, where);
  });
}

}  // namespace

Var concatenate(std::initializer_list<Operand> operands, const ConcatenateOptions& options,
                std::source_location where) {
  return record_all(concatenate_op, operands, options.axis, where);
}

Var concatenate(std::span<const Var> operands, const ConcatenateOptions& options, std::source_location where) {
  return record_all(concatenate_op, operands, options.axis, where);
}

Var stack(std::initializer_list<Operand> operands, const StackOptions& options, std::source_location where) {
  return record_all(stack_op, operands, options.axis, where);
}

Var stack(std::span<const Var> operands, const StackOptions& options, std::source_location where) {
  return record_all(stack_op, operands, options.axis, where);
}

}  // namespace capstan
