#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>

#include "axes.hpp"
#include "extents.hpp"

namespace capstan {

namespace {

/// The axis of x that is axis i of y. Without words the axes are reversed.
std::size_t from_axis(std::span<const Word> words, std::size_t i, std::size_t rank) {
  return words.empty() ? rank - 1 - i : axis_from_front(words[i], rank);
}

/// A view with permuted axes. The words of a node are the axes as the user wrote them.
class Transpose final : public OpOf<View> {
 public:
  std::string_view name() const noexcept override { return "transpose"; }

  ArrayType infer(const Signature& s) const override {
    const Shape& x = s.shape(0);
    const auto words = s.words();
    if (!words.empty()) {
      if (words.size() != x.rank()) {
        throw ShapeError{
            s.message(fmt::format("there must be one axis for each of x's {}, got {}", x.rank(), words.size()), {"x"})};
      }
      if (const auto fault = axes_fault(words, x.rank())) throw IndexError{s.message(*fault, {"x"})};
    }
    Strides extents;
    for (std::size_t i = 0; i < x.rank(); ++i) extents.push_back(x[from_axis(words, i, x.rank())]);
    return {s.dtype(0), Shape(extents)};
  }

  View made(const Types&, std::span<const Word>) const override { return {&transposed}; }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const auto words = rule.words();
    if (words.empty()) {
      dx[0] = transpose(rule.dy());
      return;
    }
    std::array<std::int64_t, max_rank> back{};
    for (std::size_t i = 0; i < words.size(); ++i) {
      back[from_axis(words, i, words.size())] = static_cast<std::int64_t>(i);
    }
    dx[0] = transpose(rule.dy(), Axes(std::span<const std::int64_t>(back.data(), words.size())));
  }

  void describe(Description& d, std::span<const Word> words) const override { d.add("axes", words); }

 private:
  static std::optional<Layout> transposed(const Layout& x, const Shape& y, std::span<const Word> words) {
    Layout lies{x.offset, y, {}};
    for (std::size_t i = 0; i < y.rank(); ++i) lies.strides.push_back(x.strides[from_axis(words, i, y.rank())]);
    return lies;
  }
};

constexpr Transpose transpose_op;

}  // namespace

Var transpose(const Operand& x, std::source_location where) { return record(transpose_op, {&x}, {}, where); }

Var transpose(const Operand& x, const Axes& axes, std::source_location where) {
  return record(transpose_op, {&x}, words_of(axes), where);
}

}  // namespace capstan
