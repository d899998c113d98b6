// TensorAccess: tensors of memory that the engine knows to hold them, without the checks that everybody else's need.
#pragma once

#include <utility>

#include <capstan/tensor/tensor.hpp>

namespace capstan {

struct TensorAccess {
  /// Row-major.
  static Tensor make(StoragePtr storage, std::byte* data, const Shape& shape, DType dtype) {
    return {std::move(storage), data, shape, dtype};
  }
  /// The tensor is of the same shape in other memory then; of none until it is seen again.
  static void move_to(Tensor& tensor, StoragePtr storage, std::byte* data) noexcept {
    tensor.move_to(std::move(storage), data);
  }
};

}  // namespace capstan
