// Tensor: access to single elements.
#include <capstan/tensor/tensor.hpp>

#include <algorithm>

#include <fmt/format.h>
#include <boost/container/small_vector.hpp>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/visit_dtype.hpp>
#include "tensor_writable.hpp"

namespace capstan {
namespace {

/// The C++ type of a dtype's elements.
constexpr std::string_view cpp_name_of(DType dtype) noexcept {
  if (dtype == DType::i32) return "std::int32_t";
  return dtype == DType::f32 ? "float" : "double";
}

// The offset of the element at a position, in elements.
std::int64_t locate(const Tensor& tensor, std::span<const std::int64_t> position, std::string_view who,
                    const std::source_location& where) {
  const Shape& shape = tensor.shape();
  if (position.size() != shape.rank()) {
    throw IndexError{fmt::format("{}: shape {} takes {} positions, got {}\n  at {}", who, to_string(shape),
                                 shape.rank(), position.size(), place(where))};
  }
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < position.size(); ++i) {
    const std::int64_t at = position[i] < 0 ? position[i] + shape[i] : position[i];
    if (at < 0 || at >= shape[i]) {
      throw IndexError{fmt::format("{}: position {} is out of range for axis {} of shape {}\n  at {}", who, position[i],
                                   i, to_string(shape), place(where))};
    }
    offset += at * tensor.strides()[i];
  }
  return offset;
}

/// Converts a position of any integral types. Negative ones count from the end, so an unsigned one must not become
/// negative.
boost::container::small_vector<std::int64_t, max_rank> whole(std::initializer_list<detail::Integer> position,
                                                             std::string_view who, const std::source_location& where) {
  boost::container::small_vector<std::int64_t, max_rank> numbers;
  for (const detail::Integer& at : position) {
    if (!at.fits()) {
      throw IndexError{fmt::format("{}: a position must fit 63 bits, got {}\n  at {}", who,
                                   static_cast<std::uint64_t>(at.value()), place(where))};
    }
    numbers.push_back(at.value());
  }
  return numbers;
}

double read(const Tensor& tensor, std::int64_t offset) {
  return visit_dtype(tensor.dtype(),
                     [&]<class T>(T) { return static_cast<double>(static_cast<const T*>(tensor.raw())[offset]); });
}

}  // namespace

bool Tensor::is_contiguous() const noexcept {
  bool gaps = false;
  std::int64_t expected = 1;
  for (std::size_t i = rank(); i-- > 0; expected *= shape_[i]) gaps |= shape_[i] != 1 && strides_[i] != expected;
  return !gaps || expected == 0;
}

double Tensor::at(std::initializer_list<detail::Integer> position, std::source_location where) const {
  const auto numbers = whole(position, "at", where);
  return at(std::span{numbers.data(), numbers.size()}, where);
}

double Tensor::at(std::span<const std::int64_t> position, std::source_location where) const {
  return read(*this, locate(*this, position, "at", where));
}

void Tensor::set(std::initializer_list<detail::Integer> position, double value, std::source_location where) {
  const auto numbers = whole(position, "set", where);
  set(std::span{numbers.data(), numbers.size()}, value, where);
}

void Tensor::set(std::span<const std::int64_t> position, double value, std::source_location where) {
  const std::int64_t offset = locate(*this, position, "set", where);
  check_writable(*this, "set", where);
  visit_dtype(dtype_, [&]<class T>(T) { static_cast<T*>(data_)[offset] = convert<T>(value, "set", where); });
  storage_->note_write(where);
}

double Tensor::item(std::source_location where) const {
  if (elements() != 1) {
    throw ShapeError{fmt::format("item: the tensor must have exactly one element, got shape {}\n  at {}",
                                 to_string(shape_), place(where))};
  }
  return read(*this, 0);
}

void Tensor::note_write(std::string_view who, const std::source_location& where) const {
  check_not_const(*this, who, where);
  if (storage_) storage_->note_write(where);
}

void* Tensor::checked(DType wanted, const std::source_location& where) const {
  if (wanted != dtype_) {
    throw DTypeError{
        fmt::format("data: the elements are {}, but {} was asked for; use data<{}>() or cast(DType::{})\n  at {}",
                    name_of(dtype_), name_of(wanted), cpp_name_of(dtype_), name_of(wanted), place(where))};
  }
  if (!is_contiguous()) {
    throw ShapeError{
        fmt::format("data: the elements of this view of shape {} are not in row-major order; copy() "
                    "makes them so\n  at {}",
                    to_string(shape_), place(where))};
  }
  return data_;
}

}  // namespace capstan
