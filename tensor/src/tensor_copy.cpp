// Tensor: copies, and writes of whole tensors.
#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/strided/copy.hpp>
#include <capstan/tensor/visit_dtype.hpp>
#include "tensor_writable.hpp"

namespace capstan {
namespace {

void copy_elements(const Tensor& from, const Tensor& to) {
  strided_copy(size_of(from.dtype()), from.shape(), from.raw(), from.strides(), to.raw(), to.strides());
}

// Two storages may wrap the same memory of the user.
bool share_memory(const Storage& a, const Storage& b) {
  const std::less<> before;  // also for pointers into two memories
  return before(a.data(), b.data() + b.bytes()) && before(b.data(), a.data() + a.bytes());
}

}  // namespace

void check_not_const(const Tensor& tensor, std::string_view who, const std::source_location& where) {
  if (!tensor.storage() || !tensor.storage()->read_only()) return;
  throw ValueError{fmt::format(
      "{}: the elements of this tensor of shape {} are {}; copy() gives some that can be written\n  at {}", who,
      to_string(tensor.shape()), tensor.storage()->mapping() ? "mapped from a file" : "const memory, which was wrapped",
      place(where))};
}

void check_writable(const Tensor& tensor, std::string_view who, const std::source_location& where) {
  check_not_const(tensor, who, where);
  for (std::size_t i = 0; i < tensor.rank(); ++i) {
    if (tensor.shape()[i] > 1 && tensor.strides()[i] == 0) {
      throw ValueError{fmt::format(
          "{}: cannot write into a broadcast view of shape {}: several elements share one address; write into a copy()"
          "\n  at {}",
          who, to_string(tensor.shape()), place(where))};
    }
  }
}

Tensor Tensor::copy() const {
  if (!storage_) return *this;
  Tensor result = empty(shape_, dtype_);
  copy_elements(*this, result);
  return result;
}

Tensor Tensor::cast(DType dtype, std::source_location where) const {
  if (dtype == dtype_) return copy();
  if (!is_contiguous()) return copy().cast(dtype, where);
  Tensor result = empty(shape_, dtype, where);
  visit_dtype(dtype_, [&]<class From>(From) {
    visit_dtype(dtype, [&]<class To>(To) {
      const auto* first = static_cast<const From*>(data_);
      std::transform(first, first + elements(), static_cast<To*>(result.raw()),
                     [&](From x) { return convert<To>(x, "cast", where); });
    });
  });
  return result;
}

void Tensor::assign(const Tensor& source, std::source_location where) {
  if (!(source.shape_ == shape_)) {
    throw ShapeError{fmt::format("assign: source must have shape {}, got {}\n  at {}", to_string(shape_),
                                 to_string(source.shape_), place(where))};
  }
  if (source.dtype_ != dtype_) {
    throw DTypeError{fmt::format("assign: source must be {}, got {}\n  at {}", name_of(dtype_), name_of(source.dtype_),
                                 place(where))};
  }
  check_writable(*this, "assign", where);
  if (elements() == 0) return;
  // Two views of one memory may overlap; the same view of it needs no copy at all.
  if (!share_memory(*storage_, *source.storage_)) {
    copy_elements(source, *this);
  } else if (source.data_ != data_ || source.strides_ != strides_) {
    copy_elements(source.copy(), *this);
  }
  storage_->note_write(where);
}

}  // namespace capstan
