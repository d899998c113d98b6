#include <capstan/ops/matmul.hpp>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/product/parts.hpp>
#include <capstan/kernels/product/product.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/ops/views.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/storage.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

namespace {

/// An operand as a stack of matrices. One of rank 1 is a row on the left and a column on the right.
struct Matrices {
  std::int64_t rows, columns, row_stride, column_stride;
  std::size_t stack_rank;  ///< the axes before the matrix
};

Matrices matrices_of(const Shape& shape, const Strides& strides, bool left) {
  const std::size_t rank = shape.rank();
  const std::int64_t *const extents = shape.end(), *const steps = strides.data() + rank;  // of the last axes
  if (rank == 1 && left) return {1, extents[-1], 0, steps[-1], 0};
  if (rank == 1) return {extents[-1], 1, steps[-1], 0, 0};
  return {extents[-2], extents[-1], steps[-2], steps[-1], rank - 2};
}

Shape leading_axes(const Shape& shape) { return Shape{shape.extents().first(shape.rank() < 2 ? 0 : shape.rank() - 2)}; }

/// Steps through the matrices of a stack that broadcasts, the last axis fastest.
class StackWalk {
 public:
  StackWalk(const Shape& stack, std::span<const Array> operands, std::int64_t first) : stack_{stack} {
    for (std::size_t operand = 0; operand < 2; ++operand) {
      const Array& x = operands[operand];
      const std::size_t rank = x.shape.rank() < 2 ? 0 : x.shape.rank() - 2, lead = stack.rank() - rank;
      for (std::size_t i = 0; i < rank; ++i) strides_[operand][lead + i] = x.shape[i] == 1 ? 0 : x.strides[i];
    }
    for (std::size_t i = stack.rank(); i-- > 0; first /= stack[i]) {
      positions_[i] = first % stack[i];
      for (std::size_t operand = 0; operand < 2; ++operand) offsets_[operand] += positions_[i] * strides_[operand][i];
    }
  }

  std::int64_t offset(std::size_t operand) const noexcept { return offsets_[operand]; }

  void next() noexcept {
    for (std::size_t i = stack_.rank(); i-- > 0;) {
      const std::int64_t steps = ++positions_[i] < stack_[i] ? 1 : 1 - stack_[i];
      for (std::size_t operand = 0; operand < 2; ++operand) offsets_[operand] += steps * strides_[operand][i];
      if (steps == 1) return;
      positions_[i] = 0;
    }
  }

 private:
  const Shape& stack_;
  std::array<std::array<std::int64_t, max_rank>, 2> strides_{};
  std::array<std::int64_t, max_rank> positions_{};
  std::array<std::int64_t, 2> offsets_{};
};

/// The factors and the product, or the first ones of a stack.
template <class T>
struct Factors {
  kernels::Matrix<const T> w, x;
  kernels::Matrix<T> y;
};

template <class T>
void multiply_stack(const Forward& f, const Factors<T>& first, std::size_t rank) {
  const std::int64_t size = first.y.rows * first.y.columns;
  if (size == 0) return;
  const Shape stack{f.output.shape.extents().first(rank)};
  const kernels::StackParts parts{stack.elements(), first.y.rows, first.y.columns, first.w.columns, f.threads};
  const std::size_t lane_bytes = aligned(parts.scratch_bytes(f.output.dtype));
  parallel_for(parts.count(), f.threads, [&](std::int64_t i, int lane) {
    const auto part = parts.part(i);
    StackWalk walk{stack, f.inputs, part.first};
    Factors<T> at = first;
    at.y.data += part.first * size;
    for (std::int64_t k = 0; k < part.count; ++k, walk.next(), at.y.data += size) {
      at.w.data = first.w.data + walk.offset(0);
      at.x.data = first.x.data + walk.offset(1);
      parts.multiply(part.of_each, at.w, at.x, at.y, static_cast<std::byte*>(f.scratch) + lane * lane_bytes);
    }
  });
}

template <class T>
void multiply(const Forward& f) {
  const Array &a = f.inputs[0], &b = f.inputs[1];
  const Matrices left = matrices_of(a.shape, a.strides, true), right = matrices_of(b.shape, b.strides, false);
  const Factors<T> m{{a.as<T>(), left.rows, left.columns, left.row_stride, left.column_stride},
                     {b.as<T>(), right.rows, right.columns, right.row_stride, right.column_stride},
                     {f.output.as<T>(), left.rows, right.columns, right.columns, 1}};
  if (const std::size_t rank = std::max(left.stack_rank, right.stack_rank); rank > 0) return multiply_stack(f, m, rank);
  const kernels::ProductParts parts{left.rows, right.columns, left.columns, f.threads};
  if (parts.count() == 1) return kernels::product(m.w, m.x, m.y, f.accumulate, f.scratch);
  const std::size_t lane_bytes = aligned(parts.scratch_bytes(f.output.dtype));
  parallel_for(parts.count(), f.threads, [&](std::int64_t part, int lane) {
    parts.multiply(part, m.w, m.x, m.y, f.accumulate, static_cast<std::byte*>(f.scratch) + lane * lane_bytes);
  });
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

class Matmul final : public Op {
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
      return {dtype, Shape{std::span<const std::int64_t>{extents.data(), extents.size()}}};
    } catch (const ShapeError&) {  // two empty operands may ask for a product that is too large
      throw ShapeError{s.message(
          fmt::format("the product ({}) must have fewer than 2^63 elements", fmt::join(extents, ", ")), {"W", "x"})};
    }
  }

  bool accepts(std::size_t, const Array&) const override { return true; }

  std::size_t scratch_bytes(std::span<const Array> inputs, const Array& output, std::span<const Word>,
                            int threads) const override {
    const Matrices left = matrices_of(inputs[0].shape, inputs[0].strides, true);
    const Matrices right = matrices_of(inputs[1].shape, inputs[1].strides, false);
    const auto bytes = [&](const auto& parts) {
      const auto lanes = static_cast<std::size_t>(std::min<std::int64_t>(parts.count(), threads));
      return multiply_sizes(aligned(parts.scratch_bytes(inputs[0].dtype)), lanes);
    };
    const std::int64_t m = left.rows, n = right.columns, k = left.columns;
    if (left.stack_rank == 0 && right.stack_rank == 0) return bytes(kernels::ProductParts{m, n, k, threads});
    return m * n == 0 ? 0 : bytes(kernels::StackParts{output.shape.elements() / (m * n), m, n, k, threads});
  }

  /// Not a product whose sums are made in several parts, or in an order of their own (a single row or column).
  bool accumulates(std::span<const Shape* const> inputs) const override {
    const Shape &a = *inputs[0], &b = *inputs[1];
    return a.rank() == 2 && b.rank() == 2 && a[0] > 1 && b[1] > 1 && a[1] > 0 && a[1] <= kernels::undivided_depth;
  }

  std::optional<kernels::MatrixVector> matrix_vector(std::span<const Array> inputs) const override {
    const Array &a = inputs[0], &b = inputs[1];
    const Matrices left = matrices_of(a.shape, a.strides, true), right = matrices_of(b.shape, b.strides, false);
    const bool row = left.rows == 1;
    if (left.stack_rank > 0 || right.stack_rank > 0 || row == (right.columns == 1)) return std::nullopt;
    const kernels::Matrix<const void> m =
        row ? kernels::Matrix<const void>{nullptr, right.columns, right.rows, right.column_stride, right.row_stride}
            : kernels::Matrix<const void>{nullptr, left.rows, left.columns, left.row_stride, left.column_stride};
    std::optional<kernels::MatrixVector> found =
        kernels::matrix_vector(m, row ? left.column_stride : right.row_stride, a.dtype);
    if (found) found->matrix = row ? 1 : 0;
    return found;
  }

  void forward(const Forward& f) const override {
    visit_floating(f.output.dtype, [&f]<class T>(T) { multiply<T>(f); });
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
