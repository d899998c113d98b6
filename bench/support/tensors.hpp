// Tensors as all contestants can read them.
#pragma once

#include <vector>

#include <capstan/graph/tensor.hpp>

namespace bench {

/// The elements in row-major order, whatever the strides.
inline std::vector<float> floats(const capstan::Tensor& t) {
  const capstan::Tensor copy = t.copy();
  const auto elements = copy.data<float>();
  return {elements.begin(), elements.end()};
}

}  // namespace bench
