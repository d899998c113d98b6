// A digest of the elements of a tensor.
#pragma once

#include <string>

#include <capstan/tensor/tensor.hpp>

namespace capstan::io {

/// 16 digits that stand for the elements of a contiguous tensor, by XXH3.
std::string digest(const Tensor& tensor);

}  // namespace capstan::io
