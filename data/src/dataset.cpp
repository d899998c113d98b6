#include <capstan/data/dataset.hpp>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

#include "describe.hpp"
#include "examples.hpp"

namespace capstan::data {

std::string describe(const Dataset& dataset, const std::source_location& where) {
  return fmt::format("\n  x: {}\n  y: {}\n  at {}", to_string(dataset.x.shape()), to_string(dataset.y.shape()),
                     place(where));
}

void check(const Dataset& dataset, std::string_view who, std::source_location where) {
  if (dataset.x.rank() == 0 || dataset.y.rank() == 0) {
    throw ShapeError{fmt::format("{}: x and y must have the examples on their last axis, got no axis at all{}", who,
                                 describe(dataset, where))};
  }
  const std::int64_t answers = dataset.y.shape()[dataset.y.rank() - 1];
  if (dataset.examples() != answers) {
    throw ShapeError{fmt::format("{}: x and y must have the same number of examples, got {} and {}{}", who,
                                 dataset.examples(), answers, describe(dataset, where))};
  }
}

Dataset take(const Dataset& dataset, std::span<const std::int64_t> positions, std::source_location where) {
  check(dataset, "take", where);
  const std::int64_t examples = dataset.examples();
  for (const std::int64_t position : positions) {
    if (position < 0 || position >= examples) {
      throw IndexError{fmt::format("take: positions must be from 0 to below {}, got {}{}", examples, position,
                                   describe(dataset, where))};
    }
  }
  const auto count = static_cast<std::int64_t>(positions.size());
  Dataset taken{room_for_examples(dataset.x, count), room_for_examples(dataset.y, count), dataset.feature_names,
                dataset.class_names, dataset.columns};
  copy_examples(dataset.x, positions, taken.x.storage());
  copy_examples(dataset.y, positions, taken.y.storage());
  return taken;
}

}  // namespace capstan::data
