// Tensor: its elements one by one.
#include <capstan/graph/tensor.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

#include "element.hpp"
#include "tensor_writable.hpp"

namespace capstan {
namespace {

// The element's place, in elements from the first.
std::int64_t locate(const Tensor& tensor, std::span<const std::int64_t> position, std::string_view who) {
  const Shape& shape = tensor.shape();
  if (position.size() != shape.rank())
    throw IndexError{
        fmt::format("{}: shape {} takes {} positions, got {}", who, to_string(shape), shape.rank(), position.size())};
  std::int64_t place = 0;
  for (std::size_t i = 0; i < position.size(); ++i) {
    const std::int64_t at = position[i] < 0 ? position[i] + shape[i] : position[i];
    if (at < 0 || at >= shape[i])
      throw IndexError{fmt::format("{}: position {} is out of range for axis {} of shape {}", who, position[i], i,
                                   to_string(shape))};
    place += at * tensor.strides()[i];
  }
  return place;
}

double read(const Tensor& tensor, std::int64_t place) {
  return visit_dtype(tensor.dtype(),
                     [&]<class T>(T) { return static_cast<double>(static_cast<const T*>(tensor.raw())[place]); });
}

}  // namespace

bool Tensor::is_contiguous() const noexcept {
  if (elements() == 0) return true;
  std::int64_t expected = 1;
  for (std::size_t i = rank(); i-- > 0;) {
    if (shape_[i] != 1 && strides_[i] != expected) return false;
    expected *= shape_[i];
  }
  return true;
}

double Tensor::at(std::initializer_list<std::int64_t> position) const {
  return at(std::span(position.begin(), position.size()));
}

double Tensor::at(std::span<const std::int64_t> position) const { return read(*this, locate(*this, position, "at")); }

void Tensor::set(std::initializer_list<std::int64_t> position, double value, std::source_location where) {
  set(std::span(position.begin(), position.size()), value, where);
}

void Tensor::set(std::span<const std::int64_t> position, double value, std::source_location where) {
  const std::int64_t place = locate(*this, position, "set");
  check_writable(*this, "set");
  visit_dtype(dtype_, [&]<class T>(T) { static_cast<T*>(data_)[place] = convert<T>(value, "set"); });
  storage_->note_write(where);
}

double Tensor::item() const {
  if (elements() != 1)
    throw ShapeError{fmt::format("item: the tensor must have exactly one element, got shape {}", to_string(shape_))};
  return read(*this, 0);
}

void* Tensor::checked(DType wanted) const {
  if (wanted != dtype_)
    throw DTypeError{fmt::format("data: elements are {}, not {}", name_of(dtype_), name_of(wanted))};
  if (!is_contiguous())
    throw ShapeError{
        fmt::format("data: the elements of this view of shape {} are not in row-major order; copy() "
                    "makes them so",
                    to_string(shape_))};
  return data_;
}

}  // namespace capstan
