// Part and Run: the elements that an optimizer moves in one go, as spans.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include <capstan/tensor/tensor.hpp>

namespace capstan::optim {

/// Elements of a parameter that lie side by side, with the gradient of each and what is remembered of each.
template <class T>
struct Run {
  std::span<T> p;
  std::span<const T> dp;
  const Tensor* slots;
  std::int64_t first;  ///< number of the first element in the parameter

  /// The elements of a slot that belong to the run.
  std::span<T> slot(std::size_t number) const noexcept {
    return {static_cast<T*>(slots[number].raw()) + first, p.size()};
  }
};

/// A part of a parameter: `for (const Run<T>& x : part)` visits the runs that it consists of. There is one where the
/// gradient is dense; where it is row-sparse, one for each row, or for rows that follow each other.
template <class T>
struct Part {
  std::size_t parameter;  ///< its position
  double learning_rate;
  double weight_decay;
  double step;                      ///< number of this step of the parameter, from 1
  std::span<const double> numbers;  ///< what was declared as numbers, as it was before this step

  /// The memory of the part.
  struct Elements {
    T* p;         ///< the first of the parameter
    const T* dp;  ///< the first gradient of this part
    const Tensor* slots;
    std::int64_t first;  ///< number of the part's first element, where there are no rows
    std::int64_t count;  ///< of rows, or else of elements
    const std::int32_t* rows = nullptr;
    std::int64_t width = 1;  ///< elements in a row
  } elements;

  /// Behind the last run.
  struct End {};
  /// Walks over the runs.
  class Iterator {
   public:
    explicit Iterator(const Elements& elements) noexcept : elements_{&elements}, run_{elements.count} { find_run(); }
    Run<T> operator*() const noexcept {
      const Elements& e = *elements_;
      if (e.rows == nullptr) return run(e.first, e.dp, e.count);
      return run(e.rows[at_] * e.width, e.dp + at_ * e.width, run_ * e.width);
    }
    Iterator& operator++() noexcept {
      at_ += run_;
      find_run();
      return *this;
    }
    bool operator!=(End) const noexcept { return at_ != elements_->count; }

   private:
    Run<T> run(std::int64_t first, const T* dp, std::int64_t count) const noexcept {
      const auto size = static_cast<std::size_t>(count);
      return {{elements_->p + first, size}, {dp, size}, elements_->slots, first};
    }
    /// Rows that follow each other are one run.
    void find_run() noexcept {
      const Elements& e = *elements_;
      if (e.rows == nullptr || at_ == e.count) return;
      run_ = 1;
      while (at_ + run_ < e.count && e.rows[at_ + run_] == e.rows[at_] + run_) ++run_;
    }

    const Elements* elements_;
    std::int64_t at_ = 0;
    std::int64_t run_;  ///< rows of the run, or all elements where there are no rows
  };
  // For a range-based for loop.
  Iterator begin() const noexcept { return Iterator{elements}; }
  End end() const noexcept { return {}; }
};

}  // namespace capstan::optim
