#include <capstan/ops/matmul.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

Shape leading_axes(const Shape& shape) { return Shape{shape.extents().first(shape.rank() < 2 ? 0 : shape.rank() - 2)}; }

/// The roles of an operand's axes: those of the stack, aligned with the last one of the other operand's, then `before` and
/// `last`. An operand of rank 1 has `last` on the left, and `before` on the right.
Contraction::Factor factor(std::size_t rank, std::size_t stack, Contraction::Role before, Contraction::Role last,
                           bool left) {
  using Role = Contraction::Role;
  Contraction::Factor roles;
  if (rank == 1) {
    roles.axes[0] = {left ? last : before, 0};
    return roles;
  }
  for (std::size_t i = 0; i + 2 < rank; ++i) roles.axes[i] = {Role::batch, stack - (rank - 2) + i};
  roles.axes[rank - 2] = {before, 0};
  roles.axes[rank - 1] = {last, 0};
  return roles;
}

/// The last two axes exchanged.
Var transposed(const Var& x, std::source_location where) {
  std::array<std::int64_t, max_rank> axes{};
  const std::size_t rank = x.shape().rank();
  for (std::size_t i = 0; i < rank; ++i) axes[i] = static_cast<std::int64_t>(i);
  std::swap(axes[rank - 2], axes[rank - 1]);
  return transpose(x, Axes{std::span<const std::int64_t>{axes.data(), rank}}, where);
}

/// x with an axis of extent 1 before axis `at`.
Var with_axis(const Var& x, std::size_t at, std::source_location where) {
  const Shape& shape = x.shape();
  Strides extents(shape.begin(), shape.end());
  extents.insert(extents.begin() + static_cast<std::ptrdiff_t>(at), 1);
  return reshape(x, Extents{std::span<const std::int64_t>{extents.data(), extents.size()}}, where);
}

/// x without axis `at`, whose extent is 1.
Var without_axis(const Var& x, std::size_t at, std::source_location where) {
  const Shape& shape = x.shape();
  Strides extents(shape.begin(), shape.end());
  extents.erase(extents.begin() + static_cast<std::ptrdiff_t>(at));
  return reshape(x, Extents{std::span<const std::int64_t>{extents.data(), extents.size()}}, where);
}

/// The gradient of an operand whose stack of matrices was broadcast.
Var summed_to(const Var& x, const Shape& shape, std::source_location where) {
  return x.shape() == shape ? x : sum_to(x, shape, where);
}

class Matmul final : public OpOf<Contraction> {
 public:
  std::string_view name() const noexcept override { return "matmul"; }

  ArrayType infer(const Signature& s) const override {
    const Shape &a = s.shape(0), &b = s.shape(1);
    const DType dtype = s.common_dtype({"W", "x"});
    if (a.rank() == 0) throw ShapeError{s.message("W must have an axis, got shape ()", {"W", "x"})};
    if (b.rank() == 0) throw ShapeError{s.message("x must have an axis, got shape ()", {"W", "x"})};
    const std::int64_t columns = a[a.rank() - 1], rows = b[b.rank() < 2 ? 0 : b.rank() - 2];
    if (columns != rows) {
      throw ShapeError{
          s.message(fmt::format("{} of W must equal {} of x, got {} and {}", a.rank() == 1 ? "elements" : "columns",
                                b.rank() == 1 ? "elements" : "rows", columns, rows),
                    {"W", "x"})};
    }
    Shape stack;
    if (!broadcast(leading_axes(a), leading_axes(b), stack)) {
      throw ShapeError{s.message(fmt::format("leading axes of W and x must broadcast: be equal or 1, with fewer than "
                                             "2^63 elements in all, got {} and {}",
                                             leading_axes(a), leading_axes(b)),
                                 {"W", "x"})};
    }
    Strides extents{stack.begin(), stack.end()};
    if (a.rank() > 1) extents.push_back(a[a.rank() - 2]);
    if (b.rank() > 1) extents.push_back(b[b.rank() - 1]);
    try {
      return {dtype, Shape(extents)};
    } catch (const ShapeError&) {  // two empty operands may ask for a product that is too large
      throw ShapeError{s.message(
          fmt::format("the product ({}) must have fewer than 2^63 elements", fmt::join(extents, ", ")), {"W", "x"})};
    }
  }

  Contraction made(const Types& types, std::span<const Word>) const override {
    using Role = Contraction::Role;
    const std::size_t a = types.shape(0).rank(), b = types.shape(1).rank(), most = std::max(a, b);
    const std::size_t stack = most < 2 ? 0 : most - 2;
    return {.a = factor(a, stack, Role::row, Role::depth, true),
            .b = factor(b, stack, Role::depth, Role::column, false)};
  }

  void gradient(const Rule& rule, std::span<Var> dx) const override {
    const std::source_location where = rule.where();
    Var a = rule.a(), b = rule.b(), dy = rule.dy();
    const bool row = a.shape().rank() == 1, column = b.shape().rank() == 1;
    if (row) a = with_axis(a, 0, where);
    if (column) b = with_axis(b, 1, where);
    if (row) dy = with_axis(dy, dy.shape().rank() - (column ? 0 : 1), where);
    if (column) dy = with_axis(dy, dy.shape().rank(), where);
    if (rule.needs(0)) {
      const Var da = matmul(dy, transposed(b, where), where);
      dx[0] = summed_to(row ? without_axis(da, da.shape().rank() - 2, where) : da, rule.a().shape(), where);
    }
    if (rule.needs(1)) {
      const Var db = matmul(transposed(a, where), dy, where);
      dx[1] = summed_to(column ? without_axis(db, db.shape().rank() - 1, where) : db, rule.b().shape(), where);
    }
  }
};

constexpr Matmul matmul_op;

}  // namespace

Var matmul(const Operand& a, const Operand& b, std::source_location where) {
  return record(matmul_op, {&a, &b}, {}, where);
}

}  // namespace capstan
