#include <capstan/optim/accumulator.hpp>

#include <cstddef>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/visit_dtype.hpp>

#include "rows.hpp"

namespace capstan::optim {

namespace {

/// Whether the elements of one can be written over those of the other.
bool fits(const Gradients::Entry& sum, const Gradients::Entry& added) {
  return sum.parameter && sum.parameter == added.parameter && !sum.is_sparse() && !added.is_sparse() &&
         sum.shape() == added.shape() && sum.dtype() == added.dtype();
}

bool fits(const Gradients& sum, const Gradients& added) {
  if (sum.size() != added.size()) return false;
  for (std::size_t i = 0; i < sum.size(); ++i) {
    if (!fits(sum.entries()[i], added.entries()[i])) return false;
  }
  return true;
}

/// The sum is row-major.
void copy(const Tensor& from, const Tensor& to) {
  visit_floating(from.dtype(), [&]<class T>(T) {
    T* const out = static_cast<T*>(to.raw());
    for_rows<T>(from, [&](const T* first, std::int64_t position, std::int64_t count, std::int64_t stride) {
      for (std::int64_t i = 0; i < count; ++i) out[position + i] = first[i * stride];
    });
  });
}

}  // namespace

void Accumulator::add(const Gradients& gradients) {
  if (count_ == 0) {
    begin(gradients);
  } else {
    sum_ += gradients;
  }
  ++count_;
}

void Accumulator::begin(const Gradients& gradients) {
  const bool known = fits(sum_, gradients);
  if (!known) sum_ = gradients;
  sum_ *= 1.0;  // makes the memory its own where somebody else may look at it
  if (!known) return;
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    const Tensor& to = sum_.entries()[i].value();
    to.storage()->note_write(std::source_location::current());
    copy(gradients.entries()[i].value(), to);
  }
}

Gradients& Accumulator::mean(std::source_location where) & {
  if (count_ == 0) {
    throw ValueError{
        fmt::format("Accumulator: a mean needs gradients that were added, got none\n  at {}", place(where))};
  }
  sum_ *= 1.0 / static_cast<double>(count_);
  count_ = 0;
  return sum_;
}

}  // namespace capstan::optim
