// Tensor: a strided, reference-counted array of numbers. Copying a Tensor copies a handle: both look at the same memory,
// as in NumPy; `copy()` makes memory of its own. New tensors are row-major and aligned to 64 bytes; transpose, reshape,
// slice and broadcast give views.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>

#include <capstan/graph/dtype.hpp>
#include <capstan/graph/shape.hpp>
#include <capstan/graph/storage.hpp>

namespace capstan {

class Rng;

struct NormalOptions {
  double mean = 0.0;
  double stddev = 1.0;
  DType dtype = DType::f32;
};

struct UniformOptions {
  double low = 0.0;
  double high = 1.0;
  DType dtype = DType::f32;
};

/// Positions start, start + step, … up to but without stop, along one axis; negative positions count from the end.
struct SliceOptions {
  static constexpr std::int64_t to_end = INT64_MAX;
  std::int64_t axis = 0;
  std::int64_t start = 0;
  std::int64_t stop = to_end;
  std::int64_t step = 1;
};

class Tensor {
 public:
  /// No tensor: shape (0), f32. Assign to it.
  Tensor();

  static Tensor zeros(const Shape& shape, DType dtype = DType::f32);
  static Tensor ones(const Shape& shape, DType dtype = DType::f32);
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32);
  /// Elements not initialised.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32);
  static Tensor scalar(double value, DType dtype = DType::f32);
  /// Row-major elements; the type of the elements is kept (double → f64). ShapeError if their number does not fit.
  static Tensor from(std::initializer_list<double> elements, const Shape& shape);
  static Tensor from(std::initializer_list<float> elements, const Shape& shape);
  static Tensor from(std::initializer_list<std::int32_t> elements, const Shape& shape);
  static Tensor from(std::span<const double> elements, const Shape& shape);
  static Tensor from(std::span<const float> elements, const Shape& shape);
  static Tensor from(std::span<const std::int32_t> elements, const Shape& shape);
  static Tensor normal(const Shape& shape, Rng& rng, const NormalOptions& options = {});
  static Tensor uniform(const Shape& shape, Rng& rng, const UniformOptions& options = {});
  /// A view of the user's own row-major memory, which must outlive every tensor that looks at it.
  template <Element T>
  static Tensor wrap(T* data, const Shape& shape) {
    return wrap(static_cast<void*>(data), shape, dtype_of<T>());
  }
  static Tensor wrap(void* data, const Shape& shape, DType dtype);
  /// A view of existing memory; `offset` in elements from the start of the storage.
  static Tensor view(StoragePtr storage, std::int64_t offset, const Shape& shape, const Strides& strides, DType dtype);

  const Shape& shape() const noexcept { return shape_; }
  const Strides& strides() const noexcept { return strides_; }
  DType dtype() const noexcept { return dtype_; }
  std::size_t rank() const noexcept { return shape_.rank(); }
  std::int64_t elements() const noexcept { return shape_.elements(); }
  /// Whether the elements lie in row-major order without gaps.
  bool is_contiguous() const noexcept;

  /// The element at a position; negative positions count from the end. IndexError outside the shape.
  double at(std::initializer_list<std::int64_t> position) const;
  double at(std::span<const std::int64_t> position) const;
  void set(std::initializer_list<std::int64_t> position, double value,
           std::source_location where = std::source_location::current());
  void set(std::span<const std::int64_t> position, double value,
           std::source_location where = std::source_location::current());
  /// The only element. ShapeError if there are none or several.
  double item() const;

  /// The elements in row-major order. DTypeError if T is not the dtype; ShapeError if the tensor is not contiguous.
  template <Element T>
  std::span<const T> data() const {
    return {static_cast<const T*>(checked(dtype_of<T>())), static_cast<std::size_t>(elements())};
  }
  /// The same, for writing: counts as a write, so that a tape notices.
  template <Element T>
  std::span<T> mutable_data(std::source_location where = std::source_location::current()) {
    void* first = checked(dtype_of<T>());
    if (storage_) storage_->note_write(where);
    return {static_cast<T*>(first), static_cast<std::size_t>(elements())};
  }

  Tensor transpose() const;                                         ///< axes reversed; a view
  Tensor transpose(std::span<const std::int64_t> axes) const;       ///< axes permuted; a view
  Tensor transpose(std::initializer_list<std::int64_t> axes) const { return transpose(std::span(axes.begin(), axes.size())); }
  Tensor reshape(const Shape& shape) const;                         ///< a view where strides allow, else a copy
  Tensor slice(const SliceOptions& options) const;                  ///< a view; IndexError beyond the end
  Tensor broadcast_to(const Shape& shape) const;                    ///< a view with strides of 0
  Tensor copy() const;                                              ///< row-major memory of its own
  Tensor cast(DType dtype) const;                                   ///< a copy in another element type
  /// Writes all elements of `source` (same shape and dtype) into this tensor's memory.
  void assign(const Tensor& source, std::source_location where = std::source_location::current());

  /// First element, whatever the strides. For kernels; `data<T>()` is for everybody else.
  void* raw() const noexcept { return data_; }
  const StoragePtr& storage() const noexcept { return storage_; }
  std::uint64_t version() const noexcept { return storage_ ? storage_->version() : 0; }

 private:
  void* checked(DType wanted) const;

  StoragePtr storage_;
  void* data_ = nullptr;
  Shape shape_{0};
  Strides strides_{1};
  DType dtype_ = DType::f32;
};

}  // namespace capstan
