// What all formats of this room share: tensors under their names, text under names, and what a file says of a tensor.
#pragma once

#include <functional>
#include <map>
#include <string>

#include <capstan/tensor/dtype.hpp>
#include <capstan/tensor/shape.hpp>
#include <capstan/tensor/tensor.hpp>

namespace capstan::io {

using NamedTensors = std::map<std::string, Tensor, std::less<>>;
using Metadata = std::map<std::string, std::string>;

/// The type of a tensor in a file.
struct TensorType {
  DType dtype = DType::f32;  ///< of the tensor that is made of it
  Shape shape;
  std::string stored = {};  ///< as the file calls the type: "BF16" becomes f32
};

}  // namespace capstan::io
