// ProductTask: a product, or a stack of products, that is set up once and run many times. The way in which it is computed
// follows from m, n and k of the whole, never from strides or from a part that one worker takes, so that it has the same
// bits however its factors lie and whoever computes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include <boost/container/static_vector.hpp>

#include <capstan/kernels/product/matrix_vector.hpp>
#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>

namespace capstan::kernels {

/// c = a·b with a (m, k), b (k, n) and c (m, n) row-major, or a stack of such products. Strides are in elements.
struct ProductLayout {
  /// Along an axis of the stack; a step is 0 where one matrix serves all.
  struct StackAxis {
    std::int64_t extent, a_step, b_step;
  };

  DType dtype = DType::f32;
  std::int64_t m = 1, n = 1, k = 1;
  std::int64_t a_row = 0, a_depth = 0, b_depth = 0, b_column = 0;
  boost::container::static_vector<StackAxis, max_rank> stack;  ///< the last axis fastest

  std::int64_t stack_size() const noexcept;
};

class ProductTask {
 public:
  ProductTask(const ProductLayout& layout, int threads);

  const ProductLayout& layout() const noexcept { return layout_; }
  std::size_t scratch_bytes() const noexcept { return scratch_bytes_; }

  /// c = a·b or, without a stack, c += a·b. The scratch is aligned to 64 bytes.
  void run(const void* a, const void* b, void* c, bool accumulate, void* scratch) const;

  /// The same as a product of a matrix and a vector that can be made piece by piece; null if it is none, or the strides do
  /// not allow it.
  std::optional<MatrixVector> matrix_vector() const;

 private:
  template <class T>
  void run_one(const T* a, const T* b, T* c, bool accumulate, std::byte* scratch) const;
  template <class T>
  void run_stack(const T* a, const T* b, T* c, std::byte* scratch) const;

  ProductLayout layout_;
  int threads_;
  std::int64_t parts_ = 1;
  std::size_t worker_bytes_ = 0;  ///< of the scratch of one worker
  std::size_t scratch_bytes_ = 0;
};

}  // namespace capstan::kernels
