#include "run/group/gather.hpp"

#include <algorithm>

#include <capstan/tensor/strided/walk.hpp>
#include <capstan/tensor/visit_dtype.hpp>

namespace capstan {

namespace {

/// An operand's axes as they are walked over. The innermost one is a run, of which several may lie at equal steps.
struct Axes {
  static constexpr std::size_t operands = 1;
  const StridedOperand& operand;

  std::size_t rank() const { return operand.extents.size(); }
  std::int64_t extent(std::size_t i) const { return operand.extents[rank() - 1 - i]; }
  std::int64_t step(std::size_t i, std::size_t) const { return operand.steps[rank() - 1 - i]; }
};

/// Copies rows of n elements one after the other; with `is_one`, a row is one element repeated. Rows may be many and
/// short.
template <class T>
void put_rows(std::int64_t rows, std::int64_t n, const T* x, std::int64_t row_step, bool is_one, T* to) {
  for (; rows > 0; --rows, x += row_step, to += n) {
    if (is_one) {
      const T value = *x;
      std::int64_t i = 0;
      for (; i + 4 <= n; i += 4) to[i] = to[i + 1] = to[i + 2] = to[i + 3] = value;
      for (; i < n; ++i) to[i] = value;
    } else {
      std::copy_n(x, n, to);
    }
  }
}

/// Copies n elements from `first` on to contiguous memory.
template <class T>
void gather_as(const StridedOperand& operand, const void* from, std::int64_t first, std::int64_t n, void* into) {
  const Axes axes{operand};
  const bool one_run = axes.rank() < 2;
  const std::int64_t whole = axes.extent(0), run_step = one_run ? 0 : axes.step(1, 0);
  T* to = static_cast<T*>(into);
  for (StridedWalk walk{axes, first}; n > 0;) {
    const std::int64_t run = std::min(n, walk.left(0)), equal = one_run ? 1 : walk.left(1);
    const std::int64_t runs = run < whole ? 1 : whole * equal <= n ? equal : n / whole;
    put_rows(runs, run, static_cast<const T*>(from) + walk.offset(), run_step, axes.step(0, 0) == 0, to);
    to += runs * run;
    n -= runs * run;
    if (n > 0) walk.next(1, runs);
  }
}

}  // namespace

std::int64_t offset_of(const StridedOperand& operand, std::int64_t element) {
  const Axes axes{operand};
  return StridedWalk{axes, element}.offset();
}

void gather(const StridedOperand& operand, std::size_t element_size, const void* from, std::int64_t first,
            std::int64_t n, void* into) {
  visit_size(element_size, [&]<class Word>(Word) { gather_as<Word>(operand, from, first, n, into); });
}

}  // namespace capstan
