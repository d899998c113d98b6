#include <capstan/ops/integers.hpp>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

namespace capstan {

Integers::Integers(std::span<const std::int64_t> numbers, std::source_location where) : size_{numbers.size()} {
  if (size_ > max_rank) {
    throw ShapeError{fmt::format("a tensor has at most {} axes, got {}\n  at {}", max_rank, size_, place(where))};
  }
  for (std::size_t i = 0; i < size_; ++i) numbers_[i] = numbers[i];
}

}  // namespace capstan
