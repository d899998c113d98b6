#include "softmax.hpp"

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/softmax.hpp>
#include <capstan/tensor/error.hpp>

#include "along_axis.hpp"
#include "elementwise/chain.hpp"

namespace capstan {

using elementwise::chain;

namespace {

/// Softmax along an axis. There is one object for each axis that a user can write, so that a loss can tell from the op
/// alone along which axis its operand was normalised.
class Softmax final : public CallOp {
 public:
  constexpr Softmax(std::int64_t axis) noexcept : axis_{static_cast<Word>(axis)} {}

  std::string_view name() const noexcept override { return "softmax"; }
  ArrayType infer(const Signature& s) const override { return {check_along_axis(s, axis_), s.shape(0)}; }
  void run(const CallArguments& call) const override {
    const kernels::Groups groups = groups_of(call.output.shape, axis_);
    with_softmax_loops(call.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      for_parts(groups, call.threads, [&](const auto& part) {
        loops.softmax(part.groups, call.inputs[0].as<T>() + part.element, call.output.as<T>() + part.element);
      });
    });
  }
  void gradient(const Rule& rule, std::span<Var> dx) const override;
  void describe(Description& d, std::span<const Word>) const override {
    d.add("axis", static_cast<std::int64_t>(axis_));
  }

 private:
  Word axis_;
};

constexpr std::int64_t most_axes = max_rank;
constexpr Softmax softmax_ops[] = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7};
static_assert(std::size(softmax_ops) == 2 * max_rank);

const Softmax& softmax_op(std::int64_t axis) { return softmax_ops[axis + most_axes]; }

/// dx = y · (dy − Σ dy · y), in one pass, where a product with a gradient of 0 is 0. The operands are y and dy; the
/// word of a node is the axis, counted from the front.
class SoftmaxGradient final : public CallOp {
 public:
  std::string_view name() const noexcept override { return "softmax_gradient"; }
  ArrayType infer(const Signature& s) const override { return {s.common_dtype({"y", "dy"}), s.shape(0)}; }
  void run(const CallArguments& call) const override {
    const kernels::Groups groups = groups_of(call.output.shape, call.words[0]);
    with_softmax_loops(call.output.dtype, [&]<class T>(const kernels::SoftmaxLoops<T>& loops, T) {
      for_parts(groups, call.threads, [&](const auto& part) {
        loops.softmax_gradient(part.groups, call.inputs[0].as<T>() + part.element,
                               call.inputs[1].as<T>() + part.element, call.output.as<T>() + part.element);
      });
    });
  }
  void gradient(const Rule& rule, std::span<Var> dx) const override;
  void describe(Description& d, std::span<const Word> words) const override {
    d.add("axis", static_cast<std::int64_t>(words[0]));
  }
};

constexpr SoftmaxGradient softmax_gradient_op;

}  // namespace

Var softmax_gradient(const Operand& y, const Operand& dy, std::size_t axis, std::source_location where) {
  const Word word = axis;
  return record(softmax_gradient_op, {&y, &dy}, {&word, 1}, where);
}

namespace {

void Softmax::gradient(const Rule& rule, std::span<Var> dx) const {
  dx[0] = softmax_gradient(rule.y(), rule.dy(), axis_from_front(axis_, rule.x().shape().rank()), rule.where());
}

/// With s = Σ dy · y and the gradient u of the result: the gradient of dy is y · (u − Σ u · y), the gradient of y is
/// u · (dy − s) − dy · Σ u · y.
void SoftmaxGradient::gradient(const Rule& rule, std::span<Var> dx) const {
  const auto axis = static_cast<std::int64_t>(rule.words()[0]);
  const Var y = rule.input(0), dy = rule.input(1), u = rule.dy();
  if (rule.needs(1)) dx[1] = softmax_gradient(y, u, rule.words()[0], rule.where());
  if (!rule.needs(0)) return;
  const ReduceOptions along{.axis = axis, .keepdims = true};
  const Var s = sum(chain(rule.where(), dy, y), along), t = sum(chain(rule.where(), u, y), along);
  dx[0] = chain(rule.where(), u, dy - s) - chain(rule.where(), dy, t);
}

}  // namespace

Var softmax(const Operand& x, const SoftmaxOptions& options, std::source_location where) {
  if (options.axis < -most_axes || options.axis >= most_axes) {
    throw IndexError{refusal("softmax",
                             fmt::format("axis {} is out of range for rank {}", options.axis, x.shape().rank()),
                             {{"x", x}}, where)};
  }
  return record(softmax_op(options.axis), {&x}, {}, where);
}

std::optional<Var> logits_of_softmax(const Operand& p) {
  if (p.kind() != Operand::Kind::var || !p.var()) return std::nullopt;
  const Op* const op = &op_of(p.var());
  const auto rank = static_cast<std::int64_t>(p.var().shape().rank());
  if (op != &softmax_op(0) && op != &softmax_op(-rank)) return std::nullopt;
  return input_of(p.var(), 0);
}

}  // namespace capstan
