// Tensor: the functions that make new ones.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/visit_dtype.hpp>
#include "random/fill.hpp"

namespace capstan {
namespace {

std::size_t checked_bytes(const Shape& shape, DType dtype, const std::source_location& where) {
  if (const auto bytes = bytes_of(shape, dtype)) return static_cast<std::size_t>(*bytes);
  throw ShapeError{fmt::format("shape {} of {} has more bytes than 63 bits count\n  at {}", to_string(shape),
                               name_of(dtype), place(where))};
}

// Memory that is not the library's own.
void check_memory(std::string_view who, const void* data, const Shape& shape, DType dtype,
                  const std::source_location& where) {
  if (data == nullptr)
    throw ValueError{fmt::format("{}: no memory (null) for shape {}\n  at {}", who, to_string(shape), place(where))};
  if (reinterpret_cast<std::uintptr_t>(data) % size_of(dtype) != 0) {
    throw ValueError{fmt::format("{}: memory of {} for shape {} must be aligned to {} bytes\n  at {}", who,
                                 name_of(dtype), to_string(shape), size_of(dtype), place(where))};
  }
}

template <class T>
std::span<T> elements_of(const Tensor& fresh) {
  return {static_cast<T*>(fresh.raw()), static_cast<std::size_t>(fresh.elements())};
}

void check_random(std::string_view who, DType dtype, const std::source_location& where) {
  if (!is_floating(dtype))
    throw DTypeError{fmt::format("{}: dtype must be f32 or f64, got {}\n  at {}", who, name_of(dtype), place(where))};
}

// The lowest and the highest element of a layout, in elements from its first. ShapeError where they do not fit in 63
// bits.
std::pair<std::int64_t, std::int64_t> reach(const Shape& shape, const Strides& strides,
                                            const std::source_location& where) {
  std::int64_t low = 0, high = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    std::int64_t step = 0;
    std::int64_t& side = strides[i] < 0 ? low : high;
    if (__builtin_mul_overflow(shape[i] - 1, strides[i], &step) || __builtin_add_overflow(side, step, &side)) {
      throw ShapeError{fmt::format("view: strides ({}) of shape {} reach offsets that do not fit in 63 bits\n  at {}",
                                   fmt::join(strides, ", "), to_string(shape), place(where))};
    }
  }
  return {low, high};
}

}  // namespace

Tensor::Tensor() = default;

void Tensor::let_go() noexcept {
  storage_.reset();
  data_ = nullptr;
  shape_ = {0};
  strides_.assign(1, 1);
  dtype_ = DType::f32;
}

Tensor Tensor::empty(const Shape& shape, DType dtype, std::source_location where) {
  StoragePtr storage = Storage::allocate(checked_bytes(shape, dtype, where));
  std::byte* const data = storage->data();
  return {std::move(storage), data, shape, dtype};
}

Tensor Tensor::full(const Shape& shape, double value, DType dtype, std::source_location where) {
  return visit_dtype(dtype, [&]<class T>(T) {
    const T element = convert<T>(value, "full", where);
    Tensor result = empty(shape, dtype, where);
    std::ranges::fill(elements_of<T>(result), element);
    return result;
  });
}

Tensor Tensor::zeros(const Shape& shape, DType dtype, std::source_location where) {
  return full(shape, 0.0, dtype, where);
}
Tensor Tensor::ones(const Shape& shape, DType dtype, std::source_location where) {
  return full(shape, 1.0, dtype, where);
}
Tensor Tensor::scalar(double value, DType dtype, std::source_location where) { return full({}, value, dtype, where); }

void Tensor::check_count(std::string_view who, std::size_t count, const Shape& shape,
                         const std::source_location& where) {
  if (std::in_range<std::int64_t>(count) && static_cast<std::int64_t>(count) == shape.elements()) return;
  throw ShapeError{fmt::format("{}: shape {} has {} elements, got {}\n  at {}", who, to_string(shape), shape.elements(),
                               count, place(where))};
}

void detail::refuse_element(long double value, DType dtype, std::size_t position, const std::source_location& where) {
  const auto wide = static_cast<double>(value);
  const bool f64_holds = dtype != DType::f64 && (std::isnan(value) || static_cast<long double>(wide) == value);
  const bool whole = std::trunc(value) == value && std::fabs(value) < 1e20L;
  throw ValueError{fmt::format("from: {} cannot hold {} at position {}{}\n  at {}", name_of(dtype),
                               whole ? fmt::format("{:.0f}", value) : fmt::format("{}", printable(wide)), position,
                               f64_holds ? "; Tensor::from<double> can" : "", place(where))};
}

Tensor Tensor::normal(const Shape& shape, Rng& rng, const NormalOptions& options, std::source_location where) {
  check_random("normal", options.dtype, where);
  if (!std::isfinite(options.mean))
    throw ValueError{fmt::format("normal: mean must be finite, got {}\n  at {}", options.mean, place(where))};
  if (!std::isfinite(options.stddev) || options.stddev < 0.0) {
    throw ValueError{
        fmt::format("normal: stddev must be finite and not negative, got {}\n  at {}", options.stddev, place(where))};
  }
  Tensor result = empty(shape, options.dtype, where);
  visit_dtype(options.dtype, [&]<class T>(T) {
    if constexpr (std::is_floating_point_v<T>) fill_normal(elements_of<T>(result), rng, options.mean, options.stddev);
  });
  return result;
}

Tensor Tensor::uniform(const Shape& shape, Rng& rng, const UniformOptions& options, std::source_location where) {
  check_random("uniform", options.dtype, where);
  const double width = options.high - options.low;
  if (!std::isfinite(width) || width < 0.0) {
    throw ValueError{fmt::format("uniform: low and high must be finite and in order, got {} and {}\n  at {}",
                                 options.low, options.high, place(where))};
  }
  Tensor result = empty(shape, options.dtype, where);
  visit_dtype(options.dtype, [&]<class T>(T) {
    const T low = static_cast<T>(options.low), high = static_cast<T>(options.high);
    // Rounding may carry a number up to `high`, which is not in the interval.
    const T last = low < high ? static_cast<T>(std::nextafter(high, low)) : low;
    if constexpr (std::is_floating_point_v<T>) fill_uniform(elements_of<T>(result), rng, options.low, width, last);
  });
  return result;
}

namespace {

/// The bytes of the user's memory, after a check that it is not null and is aligned.
std::size_t wrapped_bytes(const void* data, const Shape& shape, DType dtype, const std::source_location& where) {
  const std::size_t bytes = checked_bytes(shape, dtype, where);
  if (bytes > 0 || data != nullptr) check_memory("wrap", data, shape, dtype, where);
  return bytes;
}

}  // namespace

Tensor Tensor::wrap(void* data, const Shape& shape, DType dtype, std::source_location where) {
  const std::size_t bytes = wrapped_bytes(data, shape, dtype, where);
  return view(Storage::wrap(data, bytes), 0, shape, row_major(shape), dtype, where);
}

Tensor Tensor::wrap_const(const void* data, const Shape& shape, DType dtype, const std::source_location& where) {
  const std::size_t bytes = wrapped_bytes(data, shape, dtype, where);
  return view(Storage::wrap_const(data, bytes), 0, shape, row_major(shape), dtype, where);
}

Tensor Tensor::view(StoragePtr storage, std::int64_t offset, const Shape& shape, const Strides& strides, DType dtype,
                    std::source_location where) {
  if (strides.size() != shape.rank()) {
    throw ShapeError{fmt::format("view: shape {} needs {} strides, got {}\n  at {}", to_string(shape), shape.rank(),
                                 strides.size(), place(where))};
  }
  Tensor result;
  if (shape.elements() > 0) {
    const auto [low, high] = reach(shape, strides, where);
    const auto held = static_cast<std::int64_t>(storage ? storage->bytes() / size_of(dtype) : 0);
    if (offset < 0 || low < -offset || offset >= held || high >= held - offset) {
      throw IndexError{
          fmt::format("view: shape {} with strides ({}) at offset {} reaches beyond a storage of {} elements\n  at {}",
                      to_string(shape), fmt::join(strides, ", "), offset, held, place(where))};
    }
    result.data_ = storage->data() + offset * static_cast<std::int64_t>(size_of(dtype));
    check_memory("view", result.data_, shape, dtype, where);
  } else if (storage) {
    result.data_ = storage->data();
  }
  result.storage_ = std::move(storage);
  result.shape_ = shape;
  result.strides_ = shape.elements() > 0 ? strides : row_major(shape);  // strides without elements mean nothing
  result.dtype_ = dtype;
  return result;
}

}  // namespace capstan
