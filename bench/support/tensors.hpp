// Tensors as all contestants can read them.
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include "support/contestant.hpp"

namespace bench {

/// The elements in row-major order, whatever the strides.
inline std::vector<float> floats(const capstan::Tensor& t) {
  const capstan::Tensor copy = t.copy();
  const auto elements = copy.data<float>();
  return {elements.begin(), elements.end()};
}

/// What a contestant shows whose step leaves its results in tensors.
inline std::function<Results()> shows(std::shared_ptr<const std::vector<capstan::Tensor>> tensors) {
  return [tensors = std::move(tensors)] {
    Results copy;
    copy.reserve(tensors->size());
    for (const capstan::Tensor& t : *tensors) copy.push_back(floats(t));
    return copy;
  };
}

}  // namespace bench
