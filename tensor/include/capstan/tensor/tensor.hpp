// Tensor: a strided, reference-counted array of numbers. Copying a Tensor copies a handle: both look at the same
// memory, as in NumPy; `copy()` makes memory of its own. New tensors are row-major and aligned to 64 bytes; transpose,
// reshape, slice and broadcast give views.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <ranges>
#include <source_location>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/elements.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/storage.hpp>

namespace capstan {

class Rng;

namespace engine {
struct TensorAccess;
}  // namespace engine

/// The distribution that Tensor::normal draws from.
struct NormalOptions {
  double mean = 0.0;
  double stddev = 1.0;
  DType dtype = DType::f32;
};

/// The interval [low, high) that Tensor::uniform draws from.
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

namespace detail {

/// Memory of elements that outlives the expression: not a temporary that owns it, and no plain array, which is a pointer.
template <class R>
concept Wrapped = std::ranges::contiguous_range<R> && std::ranges::sized_range<R> && std::ranges::borrowed_range<R> &&
                  Element<std::ranges::range_value_t<R>> && !std::is_array_v<std::remove_reference_t<R>>;

/// The elements of a temporary tensor: a span that keeps their memory.
template <class T>
class Elements : public std::span<T> {
 public:
  Elements(std::span<T> elements, engine::StoragePtr storage) noexcept
      : std::span<T>{elements}, storage_{std::move(storage)} {}

 private:
  engine::StoragePtr storage_;
};

}  // namespace detail

/// A view of elements in reference-counted memory. A copy looks at the same elements, as in NumPy: const keeps a tensor
/// from being assigned or written through that name, and does not reach its memory. `copy()` is a tensor of its own.
class Tensor {
 public:
  /// No tensor: shape (0), f32. Assign to it; no tape takes it (ValueError).
  Tensor();
  Tensor(const Tensor&) = default;
  Tensor& operator=(const Tensor&) = default;
  /// Leaves no tensor behind.
  Tensor(Tensor&& other) noexcept;
  Tensor& operator=(Tensor&& other) noexcept;
  ~Tensor() = default;

  static Tensor zeros(const Shape& shape, DType dtype = DType::f32,
                      std::source_location where = std::source_location::current());
  static Tensor ones(const Shape& shape, DType dtype = DType::f32,
                     std::source_location where = std::source_location::current());
  /// ValueError where i32 cannot hold the value.
  static Tensor full(const Shape& shape, double value, DType dtype = DType::f32,
                     std::source_location where = std::source_location::current());
  /// Elements not initialised. ShapeError if 63 bits cannot count the bytes.
  static Tensor empty(const Shape& shape, DType dtype = DType::f32,
                      std::source_location where = std::source_location::current());
  static Tensor scalar(double value, DType dtype = DType::f32,
                       std::source_location where = std::source_location::current());
  /// Row-major elements of a list. The type of the elements is kept: float is f32, double f64, whole numbers and bool
  /// i32; a list of several types is f64. ShapeError if their number does not fit the shape; ValueError, naming value and
  /// position, for one that the dtype cannot hold: a whole number that it would round, one beyond its range.
  template <int = 0, detail::Arithmetic T>
  static Tensor from(std::initializer_list<T> elements, const Shape& shape,
                     std::source_location where = std::source_location::current()) {
    return from_numbers<detail::ElementOf<T>>(elements, shape, where);
  }
  static Tensor from(std::initializer_list<detail::ListedNumber> elements, const Shape& shape,
                     std::source_location where = std::source_location::current()) {
    return from_numbers<double>(elements, shape, where);
  }
  /// Row-major elements of a std::vector, std::array or std::span of any arithmetic type, as from a list.
  template <int = 0, detail::Numbers R>
  static Tensor from(const R& elements, const Shape& shape,
                     std::source_location where = std::source_location::current()) {
    return from_numbers<detail::ElementOf<std::ranges::range_value_t<const R>>>(elements, shape, where);
  }
  /// Elements in a dtype that is said: `Tensor::from<float>({1, 2, 3}, {3})`. Fractions are rounded to the nearest number
  /// of it, or refused by i32.
  template <Element To>
  static Tensor from(std::initializer_list<detail::ListedNumber> elements, const Shape& shape,
                     std::source_location where = std::source_location::current()) {
    return from_numbers<To>(elements, shape, where);
  }
  template <Element To, detail::Numbers R>
  static Tensor from(const R& elements, const Shape& shape,
                     std::source_location where = std::source_location::current()) {
    return from_numbers<To>(elements, shape, where);
  }
  static Tensor normal(const Shape& shape, Rng& rng, const NormalOptions& options = {},
                       std::source_location where = std::source_location::current());
  static Tensor uniform(const Shape& shape, Rng& rng, const UniformOptions& options = {},
                        std::source_location where = std::source_location::current());
  /// A view of the user's own row-major memory, which must outlive every tensor that looks at it. What is written there
  /// other than through a tensor is not noticed: no tape throws StaleValueError for it. Memory that is const is only
  /// read: set, assign and mutable_data throw ValueError for it, and copy() gives what can be written.
  template <Element T>
  static Tensor wrap(T* data, const Shape& shape, std::source_location where = std::source_location::current()) {
    return wrap(static_cast<void*>(data), shape, dtype_of<T>(), where);
  }
  template <Element T>
  static Tensor wrap(const T* data, const Shape& shape, std::source_location where = std::source_location::current()) {
    return wrap_const(data, shape, dtype_of<T>(), where);
  }
  /// The memory of a std::vector, std::array or std::span, which must hold as many elements as the shape (ShapeError). A
  /// temporary vector does not compile.
  template <detail::Wrapped R>
  static Tensor wrap(R&& memory, const Shape& shape, std::source_location where = std::source_location::current()) {
    check_count("wrap", std::ranges::size(memory), shape, where);
    return wrap(std::ranges::data(memory), shape, where);
  }
  static Tensor wrap(void* data, const Shape& shape, DType dtype,
                     std::source_location where = std::source_location::current());
  /// A view of existing memory; `offset` in elements from the start of the storage. IndexError if it reaches outside.
  static Tensor view(engine::StoragePtr storage, std::int64_t offset, const Shape& shape, const Strides& strides,
                     DType dtype, std::source_location where = std::source_location::current());

  const Shape& shape() const& noexcept { return shape_; }
  Shape shape() const&& noexcept { return shape_; }
  const Strides& strides() const& noexcept { return strides_; }
  Strides strides() const&& noexcept { return strides_; }
  DType dtype() const noexcept { return dtype_; }
  std::size_t rank() const noexcept { return shape_.rank(); }
  std::int64_t elements() const noexcept { return shape_.elements(); }
  /// Whether the elements lie in row-major order without gaps.
  bool is_contiguous() const noexcept;

  /// The element at a position; negative positions count from the end. IndexError outside the shape.
  double at(std::initializer_list<detail::Integer> position,
            std::source_location where = std::source_location::current()) const;
  double at(std::span<const std::int64_t> position, std::source_location where = std::source_location::current()) const;
  /// ValueError where i32 cannot hold the value, or where elements share memory (a broadcast view).
  void set(std::initializer_list<detail::Integer> position, double value,
           std::source_location where = std::source_location::current());
  void set(std::span<const std::int64_t> position, double value,
           std::source_location where = std::source_location::current());
  /// The only element. ShapeError if there are none or several.
  double item(std::source_location where = std::source_location::current()) const;

  /// The elements in row-major order. DTypeError if T is not the dtype; ShapeError if the tensor is not contiguous.
  template <Element T>
  std::span<const T> data(std::source_location where = std::source_location::current()) const& {
    return {static_cast<const T*>(checked(dtype_of<T>(), where)), static_cast<std::size_t>(elements())};
  }
  template <Element T>
  detail::Elements<const T> data(std::source_location where = std::source_location::current()) const&& {
    return {data<T>(where), storage_};
  }
  /// The elements in row-major order, for writing. The call counts as one write, so that a tape notices; a later write
  /// through a span that was kept is not noticed, so ask for the span anew. Not for several threads at once.
  template <Element T>
  std::span<T> mutable_data(std::source_location where = std::source_location::current()) & {
    void* first = checked(dtype_of<T>(), where);
    note_write("mutable_data", where);
    return {static_cast<T*>(first), static_cast<std::size_t>(elements())};
  }
  template <Element T>
  detail::Elements<T> mutable_data(std::source_location where = std::source_location::current()) && {
    return {mutable_data<T>(where), storage_};
  }

  /// Axes reversed; a view.
  Tensor transpose() const;
  /// Axes permuted; a view. IndexError if they are not a permutation.
  Tensor transpose(std::span<const std::int64_t> axes,
                   std::source_location where = std::source_location::current()) const;
  Tensor transpose(std::initializer_list<std::int64_t> axes,
                   std::source_location where = std::source_location::current()) const {
    return transpose(std::span(axes.begin(), axes.size()), where);
  }
  /// A view where strides allow, else a copy. ShapeError if the number of elements differs.
  Tensor reshape(const Shape& shape, std::source_location where = std::source_location::current()) const;
  /// A view. IndexError beyond the end; ValueError for a step below 1.
  Tensor slice(const SliceOptions& options, std::source_location where = std::source_location::current()) const;
  /// A view with strides of 0. ShapeError if the shape does not broadcast to that.
  Tensor broadcast_to(const Shape& shape, std::source_location where = std::source_location::current()) const;
  /// Row-major memory of its own; of no tensor, none.
  Tensor copy() const;
  /// A copy in another element type; fractions are cut off for i32. ValueError where i32 cannot hold an element.
  Tensor cast(DType dtype, std::source_location where = std::source_location::current()) const;
  /// Writes all elements of `source` into this tensor's memory. ShapeError and DTypeError unless shape and dtype are
  /// the same; ValueError where elements share memory (a broadcast view).
  void assign(const Tensor& source, std::source_location where = std::source_location::current());

  /// First element, whatever the strides. For kernels; `data<T>()` is for everybody else.
  void* raw() const noexcept { return data_; }
  /// Null where there is no tensor.
  const engine::StoragePtr& storage() const& noexcept { return storage_; }
  engine::StoragePtr storage() const&& noexcept { return storage_; }
  std::uint64_t version() const noexcept { return storage_ ? storage_->version() : 0; }

 private:
  friend struct engine::TensorAccess;

  /// Row-major, in memory that is known to hold it.
  Tensor(engine::StoragePtr storage, std::byte* data, const Shape& shape, DType dtype)
      : storage_{std::move(storage)}, data_{data}, shape_{shape}, strides_(engine::row_major(shape)), dtype_{dtype} {}
  /// Lets the tensor look at other memory with the same shape; at none, until memory is given to it again.
  void move_to(engine::StoragePtr storage, std::byte* data) noexcept {
    storage_ = std::move(storage);
    data_ = data;
  }
  void let_go() noexcept;  ///< becomes no tensor
  void* checked(DType wanted, const std::source_location& where) const;
  /// Counts a write, so that tapes notice it. ValueError for const memory that was wrapped.
  void note_write(std::string_view who, const std::source_location& where) const;
  static void check_count(std::string_view who, std::size_t count, const Shape& shape,
                          const std::source_location& where);
  static Tensor wrap_const(const void* data, const Shape& shape, DType dtype, const std::source_location& where);
  template <Element To, class R>
  static Tensor from_numbers(const R& numbers, const Shape& shape, const std::source_location& where) {
    check_count("from", std::ranges::size(numbers), shape, where);
    Tensor result = empty(shape, dtype_of<To>(), where);
    detail::write_elements<To>(numbers, result.raw(), where);
    return result;
  }

  engine::StoragePtr storage_;
  void* data_ = nullptr;
  Shape shape_{0};
  Strides strides_{1};
  DType dtype_ = DType::f32;
};

/// Prints what to_string returns.
std::ostream& operator<<(std::ostream& out, const Tensor& tensor);

inline Tensor::Tensor(Tensor&& other) noexcept
    : storage_{std::move(other.storage_)},
      data_{other.data_},
      shape_{other.shape_},
      strides_{other.strides_},
      dtype_{other.dtype_} {
  other.let_go();
}

inline Tensor& Tensor::operator=(Tensor&& other) noexcept {
  if (this == &other) return *this;
  *this = std::as_const(other);
  other.let_go();
  return *this;
}

}  // namespace capstan
