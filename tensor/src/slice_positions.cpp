#include <capstan/tensor/slice_positions.hpp>

#include <string_view>

#include <fmt/format.h>

namespace capstan {

namespace {

std::int64_t from_front(std::int64_t position, std::int64_t extent) noexcept {
  return position < 0 ? position + extent : position;
}

std::optional<SliceFault> position_fault(std::string_view which, std::int64_t position, std::int64_t extent) {
  const std::int64_t result = from_front(position, extent);
  if (result >= 0 && result <= extent) return std::nullopt;
  return SliceFault{SliceFault::Kind::position, fmt::format("{} {} is out of range", which, position)};
}

}  // namespace

std::optional<SliceFault> slice_fault(const SliceOptions& options, std::int64_t extent) {
  if (options.step < 1)
    return SliceFault{SliceFault::Kind::step, fmt::format("step must be at least 1, got {}", options.step)};
  if (const auto fault = position_fault("start", options.start, extent)) return fault;
  return options.stop == SliceOptions::to_end ? std::nullopt : position_fault("stop", options.stop, extent);
}

SlicePositions slice_positions(const SliceOptions& options, std::int64_t extent) noexcept {
  const std::int64_t start = from_front(options.start, extent);
  const std::int64_t stop = options.stop == SliceOptions::to_end ? extent : from_front(options.stop, extent);
  return {start, stop > start ? (stop - start - 1) / options.step + 1 : 0, options.step};
}

}  // namespace capstan
