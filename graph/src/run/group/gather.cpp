#include "run/group/gather.hpp"

#include <algorithm>
#include <array>

namespace capstan {

namespace {

/// Walks over the elements of an operand in row-major order, by contiguous runs. Several runs may follow at equal steps.
class Walk {
 public:
  Walk(const StridedOperand& operand, std::int64_t element) : operand_{operand} {
    for (std::size_t i = operand.extents.size(); i-- > 0;) {
      position_[i] = element == 0 ? 0 : element % operand.extents[i];  // the usual case, without divisions
      offset_ += position_[i] * operand.steps[i];
      if (element != 0) element /= operand.extents[i];
    }
  }

  std::int64_t offset() const { return offset_; }
  std::int64_t left_of_run() const { return operand_.extents.back() - position_[operand_.extents.size() - 1]; }
  std::int64_t run_step() const { return axes() < 2 ? 0 : operand_.steps[axes() - 2]; }
  /// The number of runs at equal steps, beginning with the current one.
  std::int64_t runs() const { return axes() < 2 ? 1 : operand_.extents[axes() - 2] - position_[axes() - 2]; }
  void next(std::int64_t runs) {
    std::size_t i = axes() - 1;
    offset_ -= position_[i] * operand_.steps[i];
    position_[i] = 0;
    while (i-- > 0) {
      offset_ += runs * operand_.steps[i];
      position_[i] += runs;
      if (position_[i] < operand_.extents[i]) return;
      offset_ -= operand_.steps[i] * operand_.extents[i];
      position_[i] = 0;
      runs = 1;
    }
  }

 private:
  std::size_t axes() const { return operand_.extents.size(); }

  const StridedOperand& operand_;
  std::array<std::int64_t, max_rank> position_;  // the first axes() of them are used
  std::int64_t offset_ = 0;
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
  const std::int64_t whole = operand.extents.back();
  T* to = static_cast<T*>(into);
  for (Walk walk{operand, first}; n > 0;) {
    const std::int64_t run = std::min(n, walk.left_of_run());
    const std::int64_t runs = run < whole ? 1 : whole * walk.runs() <= n ? walk.runs() : n / whole;
    put_rows(runs, run, static_cast<const T*>(from) + walk.offset(), walk.run_step(), operand.steps.back() == 0, to);
    to += runs * run;
    n -= runs * run;
    if (n > 0) walk.next(runs);
  }
}

}  // namespace

std::int64_t offset_of(const StridedOperand& operand, std::int64_t element) { return Walk{operand, element}.offset(); }

void gather(const StridedOperand& operand, std::size_t element_size, const void* from, std::int64_t first,
            std::int64_t n, void* into) {
  if (element_size == 8) {
    gather_as<std::uint64_t>(operand, from, first, n, into);
  } else {
    gather_as<std::uint32_t>(operand, from, first, n, into);
  }
}

}  // namespace capstan
