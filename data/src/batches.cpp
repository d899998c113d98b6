#include <capstan/data/batches.hpp>

#include <algorithm>
#include <numeric>
#include <span>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "describe.hpp"
#include "examples.hpp"
#include "shuffle.hpp"

namespace capstan::data {
namespace {

std::int64_t count_batches(const Dataset& dataset, const BatchOptions& options, const std::source_location& where) {
  check(dataset, "batches", where);
  const auto refuse = [&](std::string_view rule) {
    throw ValueError{fmt::format("batches: {}{}", rule, describe(dataset, where))};
  };
  const std::int64_t examples = dataset.examples();
  if (options.batch_size < 1) refuse(fmt::format("batch_size must be at least 1, got {}", options.batch_size));
  if (examples == 0) refuse("the data set has no examples");
  if (!options.drop_last) return (examples - 1) / options.batch_size + 1;
  if (examples < options.batch_size)
    refuse(fmt::format("drop_last leaves no batch of {} where there are {} examples", options.batch_size, examples));
  return examples / options.batch_size;
}

bool is_free(const Batch& slot) { return slot.x.storage()->unique() && slot.y.storage()->unique(); }

// The memory of a slot is filled again, and the write is counted, so that a tape notices.
void refill(Tensor& part, const Tensor& from, std::span<const std::int64_t> positions,
            const std::source_location& where) {
  copy_examples(from, positions, part.storage());
  part.storage()->note_write(where);
  part = view_of_examples(part.storage(), from, static_cast<std::int64_t>(positions.size()));
}

}  // namespace

Batches::Batches(const Dataset& dataset, const BatchOptions& options, std::source_location where)
    : x_{dataset.x},
      y_{dataset.y},
      options_{options},
      where_{where},
      examples_{dataset.examples()},
      count_{count_batches(dataset, options, where)},
      order_(options.shuffle ? static_cast<std::size_t>(examples_) : 0) {
  if (!options.shuffle) slots_.resize(1);
}

Batches::Iterator Batches::begin() {
  if (!x_.storage())
    throw ValueError{fmt::format("batches: there are none, they were moved from\n  at {}", place(where_))};
  std::iota(order_.begin(), order_.end(), 0);  // so that an epoch's order depends on no other epoch
  Rng rng{options_.seed, epoch_};
  shuffle(order_, rng);
  fill(0);
  ++epoch_;
  return Iterator{*this};
}

Batches& Batches::epoch(std::uint64_t number) & noexcept {
  epoch_ = number;
  return *this;
}

void Batches::fill(std::int64_t index) {
  const std::int64_t start = index * options_.batch_size;
  const std::int64_t count = std::min(options_.batch_size, examples_ - start);
  if (options_.shuffle) {
    gather(start, count);
  } else {
    view(start, count);
  }
}

void Batches::view(std::int64_t start, std::int64_t count) {
  const SliceOptions part{.axis = -1, .start = start, .stop = start + count};
  slots_[current_] = {x_.slice(part), y_.slice(part)};
}

void Batches::gather(std::int64_t start, std::int64_t count) {
  current_ = free_slot();
  const auto positions =
      std::span<const std::int64_t>{order_}.subspan(static_cast<std::size_t>(start), static_cast<std::size_t>(count));
  refill(slots_[current_].x, x_, positions, where_);
  refill(slots_[current_].y, y_, positions, where_);
}

std::size_t Batches::free_slot() {
  for (std::size_t tried = 0; tried < slots_.size(); ++tried) {
    const std::size_t slot = oldest_;
    oldest_ = (oldest_ + 1) % slots_.size();
    if (is_free(slots_[slot])) return slot;
  }
  const std::int64_t most = std::min(options_.batch_size, examples_);
  slots_.push_back({room_for_examples(x_, most), room_for_examples(y_, most)});
  return slots_.size() - 1;
}

Batches batches(const Dataset& dataset, const BatchOptions& options, std::source_location where) {
  return {dataset, options, where};
}

}  // namespace capstan::data
