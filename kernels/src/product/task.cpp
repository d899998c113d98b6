#include <capstan/kernels/product/task.hpp>

#include <algorithm>
#include <array>

#include <capstan/kernels/product/parts.hpp>
#include <capstan/kernels/product/product.hpp>
#include <capstan/tensor/sizes.hpp>
#include <capstan/tensor/storage.hpp>
#include <capstan/tensor/threads.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan::kernels {

namespace {

/// Steps through the factors of a stack, the last axis fastest.
class StackWalk {
 public:
  StackWalk(const ProductLayout& layout, std::int64_t first) : layout_{layout} {
    for (std::size_t i = layout.stack.size(); i-- > 0; first /= layout.stack[i].extent) {
      positions_[i] = first % layout.stack[i].extent;
      move(layout.stack[i], positions_[i]);
    }
  }

  std::int64_t a() const noexcept { return a_; }
  std::int64_t b() const noexcept { return b_; }

  void next() noexcept {
    for (std::size_t i = layout_.stack.size(); i-- > 0;) {
      const ProductLayout::StackAxis& axis = layout_.stack[i];
      const std::int64_t steps = ++positions_[i] < axis.extent ? 1 : 1 - axis.extent;
      move(axis, steps);
      if (steps == 1) return;
      positions_[i] = 0;
    }
  }

 private:
  void move(const ProductLayout::StackAxis& axis, std::int64_t steps) noexcept {
    a_ += steps * axis.a_step;
    b_ += steps * axis.b_step;
  }

  const ProductLayout& layout_;
  std::array<std::int64_t, max_rank> positions_{};
  std::int64_t a_ = 0, b_ = 0;
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
    StackWalk walk{layout_, part.first};
    Matrix<T> out = first_c(layout_, c + part.first * size);
    for (std::int64_t p = 0; p < part.count; ++p, walk.next(), out.data += size) {
      parts.multiply(part.of_each, first_a(layout_, a + walk.a()), first_b(layout_, b + walk.b()), out,
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
