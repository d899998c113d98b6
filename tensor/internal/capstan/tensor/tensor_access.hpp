// TensorAccess: makes tensors over memory that the engine knows to be large enough, without the checks of Tensor::view.
#pragma once

#include <utility>

#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

struct engine::TensorAccess {
  /// A row-major tensor over this memory.
  static Tensor make(StoragePtr storage, std::byte* data, const Shape& shape, DType dtype) {
    return {std::move(storage), data, shape, dtype};
  }
  /// Lets the tensor look at other memory with the same shape; at none, until memory is given to it again.
  static void move_to(Tensor& tensor, StoragePtr storage, std::byte* data) noexcept {
    tensor.move_to(std::move(storage), data);
  }
};

}  // namespace capstan
