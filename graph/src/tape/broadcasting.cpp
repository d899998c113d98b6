#include <capstan/graph/broadcasting.hpp>

#include <algorithm>
#include <string>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

namespace capstan {

namespace {

/// Names the first axis, counted as in the result, along which the extents of two inputs do not fit.
std::string misfit(const Signature& s) {
  std::size_t rank = 0;
  for (std::size_t i = 0; i < s.size(); ++i) rank = std::max(rank, s.shape(i).rank());
  for (std::size_t axis = 0; axis < rank; ++axis) {
    std::int64_t extent = 1;
    for (std::size_t i = 0; i < s.size(); ++i) {
      const std::size_t missing = rank - s.shape(i).rank();
      const std::int64_t other = axis < missing ? 1 : s.shape(i)[axis - missing];
      if (extent != 1 && other != 1 && other != extent)
        return fmt::format("axis {} has {} and {}", axis, extent, other);
      if (extent == 1) extent = other;
    }
  }
  return "the result would have more elements than 63 bits count";
}

}  // namespace

ArrayType infer_broadcast(const Signature& signature, std::initializer_list<std::string_view> inputs, bool integers) {
  const DType dtype = signature.common_dtype(inputs, integers);
  Shape shape = signature.shape(0);
  for (std::size_t i = 1; i < signature.size(); ++i) {
    if (broadcast(Shape{shape}, signature.shape(i), shape)) continue;
    throw ShapeError{signature.message(fmt::format("shapes do not broadcast: {}", misfit(signature)), inputs)};
  }
  return {dtype, shape};
}

}  // namespace capstan
