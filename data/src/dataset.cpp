#include <capstan/data/dataset.hpp>

#include <algorithm>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/data/origin.hpp>
#include "describe.hpp"
#include "examples.hpp"
#include "names.hpp"

namespace capstan::data {
namespace {

// True if there is a name for each row of x: a user who cuts x by hand may have left the names as they were.
bool has_feature_names(const Dataset& dataset) {
  return !dataset.feature_names.empty() && dataset.x.rank() > 0 &&
         static_cast<std::int64_t>(dataset.feature_names.size()) == dataset.x.shape()[0];
}

}  // namespace

std::optional<Difference> first_difference(std::span<const std::string> a, std::span<const std::string> b) {
  const auto [in_a, in_b] = std::ranges::mismatch(a, b);
  if (in_a == a.end() && in_b == b.end()) return std::nullopt;
  return Difference{in_a - a.begin(), in_a == a.end() ? "nothing" : excerpt(*in_a),
                    in_b == b.end() ? "nothing" : excerpt(*in_b)};
}

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

void check_names(const Dataset& train, const Dataset& other, std::string_view other_name, std::string_view who,
                 std::source_location where) {
  const auto shapes = [&] {
    return fmt::format("\n  train: x {}, y {}\n  {}: x {}, y {}\n  at {}", to_string(train.x.shape()),
                       to_string(train.y.shape()), other_name, to_string(other.x.shape()), to_string(other.y.shape()),
                       place(where));
  };
  if (has_feature_names(train) && has_feature_names(other)) {
    if (const auto difference = first_difference(train.feature_names, other.feature_names)) {
      throw ValueError{
          fmt::format("{}: train and {} must have the same features, row {} of x is {} in train and {} in "
                      "{}{}",
                      who, other_name, difference->at, difference->a, difference->b, other_name, shapes())};
    }
  }
  if (train.class_names.empty() || other.class_names.empty()) return;
  if (const auto difference = first_difference(train.class_names, other.class_names)) {
    throw ValueError{fmt::format("{}: train and {} must have the same classes, label {} is {} in train and {} in {}{}",
                                 who, other_name, difference->at, difference->a, difference->b, other_name, shapes())};
  }
}

Dataset take(const Dataset& dataset, std::span<const std::int64_t> positions, std::source_location where) {
  check(dataset, "take", where);
  const std::int64_t examples = dataset.examples();
  for (const std::int64_t position : positions) {
    if (position < 0 || position >= examples) {
      throw IndexError{
          fmt::format("take: positions must be in [0, {}), got {}{}", examples, position, describe(dataset, where))};
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
