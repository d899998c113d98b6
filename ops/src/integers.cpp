#include <capstan/ops/integers.hpp>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

namespace capstan {

namespace {

void check_size(std::size_t size, const std::source_location& where) {
  if (size <= max_rank) return;
  throw ShapeError{fmt::format("a tensor has at most {} axes, got {}\n  at {}", max_rank, size, place(where))};
}

}  // namespace

detail::Integers::Integers(std::initializer_list<Integer> numbers, std::source_location where) : size_{numbers.size()} {
  check_size(size_, where);
  for (std::size_t i = 0; const Integer& number : numbers) {
    if (!number.fits()) {
      throw ShapeError{fmt::format("an axis or extent must fit 63 bits, got {}\n  at {}",
                                   static_cast<std::uint64_t>(number.value()), place(where))};
    }
    numbers_[i++] = number.value();
  }
}

detail::Integers::Integers(std::span<const std::int64_t> numbers, std::source_location where) : size_{numbers.size()} {
  check_size(size_, where);
  for (std::size_t i = 0; i < size_; ++i) numbers_[i] = numbers[i];
}

}  // namespace capstan
