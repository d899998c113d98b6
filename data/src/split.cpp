#include <capstan/data/split.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "describe.hpp"
#include "shuffle.hpp"

namespace capstan::data {
namespace {

using Positions = std::vector<std::int64_t>;

// Another stream than those of the epochs of batches, so that one seed may serve for both.
constexpr std::uint64_t stream = std::numeric_limits<std::uint64_t>::max();

void check_options(const Dataset& dataset, const SplitOptions& options, const std::source_location& where) {
  check(dataset, "split", where);
  const auto refuse = [&](std::string_view rule) {
    throw ValueError{fmt::format("split: {}{}", rule, describe(dataset, where))};
  };
  const bool between = options.test_fraction > 0.0 && options.test_fraction < 1.0;  // false for NaN too
  if (!between) refuse(fmt::format("test_fraction must be above 0 and below 1, got {}", options.test_fraction));
  if (dataset.examples() < 2) refuse(fmt::format("there must be at least two examples, got {}", dataset.examples()));
  if (!options.stratify) return;
  if (!options.shuffle) refuse("stratify needs shuffle, which is false");
  if (dataset.y.elements() != dataset.examples()) {
    refuse(fmt::format("stratify needs one label or number an example, got {} for {}", dataset.y.elements(),
                       dataset.examples()));
  }
}

std::int64_t examples_to_test(std::int64_t examples, double fraction) {
  return std::clamp<std::int64_t>(std::llround(fraction * static_cast<double>(examples)), 1, examples - 1);
}

Dataset slice(const Dataset& dataset, std::int64_t start, std::int64_t stop) {
  const SliceOptions part{.axis = -1, .start = start, .stop = stop};
  return {dataset.x.slice(part), dataset.y.slice(part), dataset.feature_names, dataset.class_names, dataset.columns};
}

// All NaN count as one class, the last.
struct NanLast {
  bool operator()(double a, double b) const noexcept { return a < b || (!std::isnan(a) && std::isnan(b)); }
};

struct Class {
  std::int64_t examples = 0;
  std::int64_t to_test = 0;
  std::int64_t rest = 0;  // of the division that gave to_test
};

// Gives each class its part of the test set, rounded down, and the remaining examples to the classes that lost most by
// that.
std::map<double, Class, NanLast> proportions(const Tensor& classes, std::int64_t to_test) {
  std::map<double, Class, NanLast> shares;
  const std::int64_t examples = classes.elements();
  for (std::int64_t i = 0; i < examples; ++i) ++shares[classes.at({i})].examples;

  std::vector<std::pair<const double, Class>*> by_rest;
  std::int64_t left = to_test;
  for (auto& entry : shares) {
    Class& share = entry.second;
    __extension__ using Wide = __int128;
    const Wide product = static_cast<Wide>(share.examples) * to_test;
    share.to_test = static_cast<std::int64_t>(product / examples);
    share.rest = static_cast<std::int64_t>(product % examples);
    left -= share.to_test;
    by_rest.push_back(&entry);
  }
  std::ranges::sort(by_rest, [](const auto* a, const auto* b) {
    if (a->second.rest != b->second.rest) return a->second.rest > b->second.rest;
    return NanLast{}(a->first, b->first);
  });
  for (std::size_t i = 0; left > 0; ++i, --left) ++by_rest[i]->second.to_test;
  return shares;
}

// Moves the first examples of every class to the front, as many as its share; the order is kept on both sides.
void gather_shares(Positions& order, const Tensor& classes, std::int64_t to_test) {
  auto shares = proportions(classes, to_test);
  Positions rest;
  std::size_t front = 0;
  for (const std::int64_t position : order) {
    Class& share = shares.find(classes.at({position}))->second;
    if (share.to_test > 0) {
      --share.to_test;
      order[front++] = position;
    } else {
      rest.push_back(position);
    }
  }
  std::ranges::copy(rest, order.begin() + static_cast<std::ptrdiff_t>(front));
}

}  // namespace

Split split(const Dataset& dataset, const SplitOptions& options, std::source_location where) {
  check_options(dataset, options, where);
  const std::int64_t examples = dataset.examples();
  const std::int64_t to_test = examples_to_test(examples, options.test_fraction);
  if (!options.shuffle) return {slice(dataset, 0, examples - to_test), slice(dataset, examples - to_test, examples)};

  Positions order(static_cast<std::size_t>(examples));
  std::iota(order.begin(), order.end(), 0);
  Rng rng{options.seed, stream};
  shuffle(order, rng);
  if (options.stratify) gather_shares(order, dataset.y.reshape({examples}), to_test);
  const std::span<const std::int64_t> all{order};
  const auto test = static_cast<std::size_t>(to_test);
  return {take(dataset, all.subspan(test), where), take(dataset, all.first(test), where)};
}

}  // namespace capstan::data
