// Writes a safetensors file through a given system.
#pragma once

#include <span>
#include <string>

#include <capstan/data/origin.hpp>
#include <capstan/io/tensors.hpp>
#include <capstan/tensor/tensor.hpp>

#include "file/system.hpp"

namespace capstan::io {

struct TensorToWrite {
  std::string name;
  Tensor tensor;
};

/// Tensors in the order in which they shall lie in the file, but for those of f64, which come first so that every tensor
/// lies at a multiple of its element's size. Throws as save_safetensors.
void write_safetensors(const data::Origin& origin, System& system, std::span<const TensorToWrite> tensors,
                       const Metadata& metadata);

}  // namespace capstan::io
