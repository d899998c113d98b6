#include <capstan/kernels/product/task.hpp>

#include <algorithm>
#include <array>

#include <capstan/kernels/product/parts.hpp>
#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/storage.hpp>
#include <capstan/tensor/strided/walk.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan::kernels {

namespace {

/// The axes of a stack of products, for a walk over both factors.
struct StackAxes {
  static constexpr std::size_t operands = 2;
  const ProductLayout& layout;

  std::size_t rank() const noexcept { return layout.stack.size(); }
  const ProductLayout::StackAxis& axis(std::size_t i) const noexcept { return layout.stack[rank() - 1 - i]; }
  std::int64_t extent(std::size_t i) const noexcept { return axis(i).extent; }
  std::int64_t step(std::size_t i, std::size_t operand) const noexcept {
    return operand == 0 ? axis(i).a_step : axis(i).b_step;
  }
};

template <class T>
Matrix<const T> first_a(const ProductLayout& l, const T* a) {
  return {a, l.m, l.k, l.a_row, l.a_depth};
}
template <class T>
Matrix<const T> first_b(const ProductLayout& l, const T* b) {
  return {b, l.k, l.n, l.b_depth, l.b_column};
}
template <class T>
Matrix<T> first_c(const ProductLayout& l, T* c) {
  return {c, l.m, l.n, l.n, 1};
}

}  // namespace

std::int64_t ProductLayout::stack_size() const noexcept {
  std::int64_t size = 1;
  for (const StackAxis& axis : stack) size *= axis.extent;
  return size;
}

ProductTask::ProductTask(const ProductLayout& layout, int threads) : layout_{layout}, threads_{threads} {
  const auto set = [this](const auto& parts) {
    parts_ = parts.count();
    worker_bytes_ = aligned(parts.scratch_bytes(layout_.dtype));
    scratch_bytes_ = multiply_sizes(worker_bytes_, static_cast<std::size_t>(std::min<std::int64_t>(parts_, threads_)));
  };
  const auto [m, n, k] = std::array{layout.m, layout.n, layout.k};
  if (layout.stack.empty()) {
    set(ProductParts{m, n, k, threads});
  } else if (m != 0 && n != 0) {
    set(StackParts{layout.stack_size(), m, n, k, threads});
  }
}

void ProductTask::run(const void* a, const void* b, void* c, bool accumulate, void* scratch) const {
  visit_floating(layout_.dtype, [&]<class T>(T) {
    const auto *const left = static_cast<const T*>(a), *const right = static_cast<const T*>(b);
    auto* const bytes = static_cast<std::byte*>(scratch);
    if (layout_.stack.empty()) return run_one(left, right, static_cast<T*>(c), accumulate, bytes);
    run_stack(left, right, static_cast<T*>(c), bytes);
  });
}

template <class T>
void ProductTask::run_one(const T* a, const T* b, T* c, bool accumulate, std::byte* scratch) const {
  const Matrix<const T> left = first_a(layout_, a), right = first_b(layout_, b);
  const Matrix<T> out = first_c(layout_, c);
  if (parts_ == 1) return product(left, right, out, accumulate, scratch);
  const ProductParts parts{layout_.m, layout_.n, layout_.k, threads_};
  parallel_for(parts_, threads_, [&](std::int64_t part, int worker) {
    parts.multiply(part, left, right, out, accumulate, scratch + worker * worker_bytes_);
  });
}

template <class T>
void ProductTask::run_stack(const T* a, const T* b, T* c, std::byte* scratch) const {
  const std::int64_t size = layout_.m * layout_.n;
  if (size == 0) return;
  const StackParts parts{layout_.stack_size(), layout_.m, layout_.n, layout_.k, threads_};
  parallel_for(parts_, threads_, [&](std::int64_t i, int worker) {
    const auto part = parts.part(i);
    const StackAxes axes{layout_};
    StridedWalk walk{axes, part.first};
    Matrix<T> out = first_c(layout_, c + part.first * size);
    for (std::int64_t p = 0; p < part.count; ++p, walk.next(), out.data += size) {
      parts.multiply(part.of_each, first_a(layout_, a + walk.offset(0)), first_b(layout_, b + walk.offset(1)), out,
                     scratch + worker * worker_bytes_);
    }
  });
}

std::optional<MatrixVector> ProductTask::matrix_vector() const {
  const ProductLayout& l = layout_;
  const bool row = l.m == 1;
  if (!l.stack.empty() || row == (l.n == 1)) return std::nullopt;
  const Matrix<const void> matrix = row ? Matrix<const void>{nullptr, l.n, l.k, l.b_column, l.b_depth}
                                        : Matrix<const void>{nullptr, l.m, l.k, l.a_row, l.a_depth};
  std::optional<MatrixVector> found = kernels::matrix_vector(matrix, row ? l.a_depth : l.b_depth, l.dtype);
  if (found) found->matrix = row ? 1 : 0;
  return found;
}

}  // namespace capstan::kernels
