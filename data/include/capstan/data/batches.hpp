// Batches: walks through a data set in mini-batches.
//
//   for (const data::Batch& batch : data::batches(train, {.batch_size = 64, .shuffle = true, .seed = 7})) …
//
// The object may be kept and walked again: every pass has an order of its own, and no pass after the first allocates.
//
//   data::Batches loader = data::batches(train, {.batch_size = 64, .shuffle = true, .seed = 7});
//   for (int epoch = 0; epoch < 10; ++epoch)
//     for (const data::Batch& batch : loader) …
//
// There is no thread that prefetches: gathering a batch of 128 × 784 numbers takes 30 to 50 µs, and the training step
// that follows takes 1 to 2 ms, so there is little to save, and handing over between threads would cost part of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <source_location>
#include <utility>
#include <vector>

#include <capstan/data/dataset.hpp>

namespace capstan::data {

/// How a data set is cut into batches.
struct BatchOptions {
  std::int64_t batch_size = 32;
  bool shuffle = false;
  std::uint64_t seed = 0;  ///< of the order; the same seed and epoch give the same order
  bool drop_last = false;  ///< leave out a last batch that is not full
};

/// Some examples. The tensors never change while somebody holds a copy of them.
struct Batch {
  Tensor x;  ///< (features, m)
  Tensor y;  ///< (m) or (outputs, m)

  /// m, the number of examples.
  std::int64_t examples() const noexcept { return x.rank() == 0 ? 0 : x.shape()[-1]; }
};

class Batches {
 public:
  /// As the function `batches`, which throws what this throws.
  Batches(const Dataset& dataset, const BatchOptions& options,
          std::source_location where = std::source_location::current());

  /// Walks one pass; only one iterator of an object may be in use. The Batch that it points at is replaced by the next
  /// one.
  class Iterator {
   public:
    using value_type = Batch;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    const Batch& operator*() const { return owner_->current(); }
    const Batch* operator->() const { return &owner_->current(); }
    Iterator& operator++() {
      if (index_ + 1 < owner_->size()) owner_->fill(index_ + 1);
      ++index_;
      return *this;
    }
    void operator++(int) { ++*this; }
    friend bool operator==(const Iterator& it, std::default_sentinel_t) { return it.index_ >= it.owner_->size(); }

   private:
    friend class Batches;
    explicit Iterator(Batches& owner) : owner_{&owner} {}

    Batches* owner_ = nullptr;
    std::int64_t index_ = 0;
  };

  /// Starts the next pass: the first is epoch 0, and every further one has the next number and with it another order.
  Iterator begin();
  std::default_sentinel_t end() const noexcept { return {}; }

  /// Numbers the next pass, so that training can go on where it stopped: `for (… : loader.epoch(5))`.
  Batches& epoch(std::uint64_t number) & noexcept;
  Batches epoch(std::uint64_t number) && noexcept { return std::move(epoch(number)); }

  /// The number of batches in one pass.
  std::int64_t size() const noexcept { return count_; }

 private:
  const Batch& current() const noexcept { return slots_[current_]; }
  void fill(std::int64_t index);
  void view(std::int64_t start, std::int64_t count);
  void gather(std::int64_t start, std::int64_t count);
  std::size_t free_slot();

  Tensor x_, y_;
  BatchOptions options_;
  std::source_location where_;  // the user's line, for errors and as the line that wrote the batches
  std::int64_t examples_;
  std::int64_t count_;
  std::uint64_t epoch_ = 0;
  std::vector<std::int64_t> order_;  // of the examples in this pass; empty without shuffle
  // Batches handed out, one of them the current. A slot may be filled again once nobody else holds its tensors; a tape
  // holds the last batch until its next recording, so two slots go round in a training loop.
  std::vector<Batch> slots_;
  std::size_t current_ = 0;
  std::size_t oldest_ = 0;
};

/// The examples in batches: views of the data set without shuffle, else gathered into memory that is used again.
///
/// Throws    ValueError for a batch_size below 1, for a data set without examples, and where drop_last leaves no batch;
///           ShapeError if x and y do not have the same m.
/// Cost      shuffled, one copy of each example a pass: a memcpy where an example lies in one piece.
Batches batches(const Dataset& dataset, const BatchOptions& options = {},
                std::source_location where = std::source_location::current());

}  // namespace capstan::data
