// Running a group: for each tile, the operands that must be located or gathered, the ops, and the closing folds.

#include <algorithm>
#include <array>
#include <cstring>

#include "group.hpp"

namespace capstan {

namespace {

/// Where an element lies, counted row-major, and from there run by run.
class Walk {
 public:
  Walk(const StridedOperand& operand, std::int64_t element) : operand_{operand} {
    for (std::size_t i = operand.extents.size(); i-- > 0;) {
      position_[i] = element % operand.extents[i];
      offset_ += position_[i] * operand.steps[i];
      element /= operand.extents[i];
    }
  }

  std::int64_t offset() const { return offset_; }
  std::int64_t left_of_run() const { return operand_.extents.back() - position_[operand_.extents.size() - 1]; }
  void next_run() {
    std::size_t i = operand_.extents.size() - 1;
    offset_ -= position_[i] * operand_.steps[i];
    position_[i] = 0;
    while (i-- > 0) {
      offset_ += operand_.steps[i];
      if (++position_[i] < operand_.extents[i]) return;
      offset_ -= operand_.steps[i] * operand_.extents[i];
      position_[i] = 0;
    }
  }

 private:
  const StridedOperand& operand_;
  std::array<std::int64_t, max_rank> position_;  // as many of them as there are axes are in use
  std::int64_t offset_ = 0;
};

/// n elements from `first` on, side by side.
template <class T>
void gather(const StridedOperand& operand, const void* from, std::int64_t first, std::int64_t n, void* into) {
  const std::int64_t step = operand.steps.back();
  T* to = static_cast<T*>(into);
  for (Walk walk{operand, first}; n > 0; walk.next_run()) {
    const std::int64_t run = std::min(n, walk.left_of_run());
    const T* const x = static_cast<const T*>(from) + walk.offset();
    if (step == 0) {
      std::fill_n(to, run, *x);
    } else {
      std::copy_n(x, run, to);
    }
    to += run;
    n -= run;
  }
}

class Run {
 public:
  Run(const Groups& groups, const Group& group, void* const* pointers, const Word* words)
      : groups_{groups}, group_{group}, pointers_{pointers}, words_{words} {}

  /// Everything in one tile, and every operand as it lies.
  void at_once() const { steps(group_.count, pointers_); }

  void by_tiles() {
    auto* const scratch = static_cast<std::byte*>(pointers_[group_.scratch]);
    auto** const slots = reinterpret_cast<void**>(scratch + group_.slots_offset);
    std::copy_n(pointers_, group_.pointer_count, slots);
    auto* const trees = reinterpret_cast<FoldTree*>(scratch + group_.trees_offset);
    for (std::size_t i = 0; i < closings().size(); ++i) new (trees + i) FoldTree{tree(closings()[i], scratch)};
    for (std::int64_t first = 0; first < group_.count;) {
      const std::int64_t in_row = group_.row - first % group_.row;
      const std::int64_t n = std::min(group_.tile, group_.row < group_.tile ? group_.count - first : in_row);
      for (const StridedOperand& operand : strided()) prepare(operand, first, n, slots);
      steps(n, slots);
      for (std::size_t i = 0; i < closings().size(); ++i) fold(closings()[i], trees[i], first, n, slots);
      for (const std::uint32_t slot : moving()) {
        slots[slot] = static_cast<std::byte*>(slots[slot]) + n * static_cast<std::int64_t>(group_.element_size);
      }
      first += n;
    }
    for (std::size_t i = 0; i < closings().size(); ++i) finish(closings()[i], trees[i]);
  }

 private:
  template <class T>
  using Some = std::span<const T>;

  Some<GroupStep> all_steps() const { return {groups_.steps.data() + group_.first_step, group_.step_count}; }
  Some<StridedOperand> strided() const { return {groups_.strided.data() + group_.first_strided, group_.strided_count}; }
  Some<Closing> closings() const { return {groups_.closings.data() + group_.first_closing, group_.closing_count}; }
  Some<std::uint32_t> moving() const { return {groups_.moving.data() + group_.first_moving, group_.moving_count}; }

  void steps(std::int64_t n, void* const* slots) const {
    std::array<const void*, 32> in;
    for (const GroupStep& step : all_steps()) {
      const std::uint32_t* const slot = groups_.slots.data() + step.first_slot;
      for (std::uint32_t i = 0; i < step.input_count; ++i) in[i] = slots[slot[i]];
      step.kernel(n, slots[slot[step.input_count]], in.data(), step.scalars, words_ + step.first_word);
    }
  }

  void prepare(const StridedOperand& operand, std::int64_t first, std::int64_t n, void** slots) const {
    const void* const from = pointers_[operand.pointer];
    if (operand.slot == operand.pointer) {
      const auto bytes = static_cast<std::int64_t>(group_.element_size);
      slots[operand.slot] = static_cast<std::byte*>(pointers_[operand.pointer]) + Walk{operand, first}.offset() * bytes;
    } else if (first == 0 || !operand.once) {
      (group_.element_size == 8 ? gather<std::uint64_t> : gather<std::uint32_t>)(operand, from, first, n,
                                                                                 slots[operand.slot]);
    }
  }

  FoldTree tree(const Closing& closing, std::byte* scratch) const {
    const std::int64_t n = closing.kind == Closing::Kind::rows ? 1 : closing.extent;
    return {*closing.folding.kernels, scratch + closing.store_offset,
            n * static_cast<std::int64_t>(group_.element_size), n};
  }

  std::byte* element(void* from, std::int64_t i) const {
    return static_cast<std::byte*>(from) + i * static_cast<std::int64_t>(group_.element_size);
  }

  void fold(const Closing& closing, FoldTree& tree, std::int64_t first, std::int64_t n, void* const* slots) const {
    if (closing.kind == Closing::Kind::rows) {
      fold_rows(closing, tree, first, n, slots[closing.slot]);
    } else {
      fold_columns(closing, tree, first, n, slots[closing.slot]);
    }
  }

  void fold_rows(const Closing& closing, FoldTree& tree, std::int64_t first, std::int64_t n, const void* x) const {
    const FoldKernels& kernels = *closing.folding.kernels;
    void* const out = element(pointers_[closing.output], first / closing.extent);
    if (closing.extent <= row_block) return kernels.rows(n / closing.extent, closing.extent, x, closing.extent, out, 1);
    kernels.rows(1, n, x, n, tree.leaf(), 1);
    tree.push();
    if ((first + n) % closing.extent == 0) std::memcpy(out, tree.take(), group_.element_size);
  }

  /// A leaf grows row by row; a tile may begin and end inside a row.
  void fold_columns(const Closing& closing, FoldTree& tree, std::int64_t first, std::int64_t n, void* x) const {
    const std::int64_t extent = closing.extent;
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t row = (first + done) / extent, column = (first + done) % extent;
      const std::int64_t rows = std::min((n - done) / extent, rows_block - row % rows_block);
      const bool whole = column == 0 && rows > 0;
      const std::int64_t some = whole ? rows * extent : std::min(n - done, extent - column);
      if (whole) {
        fold_whole_rows(closing, row % rows_block == 0, rows, element(x, done), tree.leaf());
      } else if (row % rows_block == 0) {
        std::memcpy(element(tree.leaf(), column), element(x, done),
                    static_cast<std::size_t>(some) * group_.element_size);
      } else {
        closing.folding.kernels->combine(some, element(tree.leaf(), column), element(x, done));
      }
      done += some;
      if ((first + done) % (rows_block * extent) == 0 || first + done == group_.count) tree.push();
    }
  }

  /// The leaf as it is counts as the first row, unless it is a new one.
  void fold_whole_rows(const Closing& closing, bool is_new, std::int64_t rows, std::byte* x, void* leaf) const {
    std::array<std::int64_t, rows_block + 1> offsets;
    std::int64_t count = 0;
    if (!is_new) {
      offsets[0] = (static_cast<std::byte*>(leaf) - x) / static_cast<std::int64_t>(group_.element_size);
      count = 1;
    }
    for (std::int64_t r = 0; r < rows; ++r) offsets[static_cast<std::size_t>(count++)] = r * closing.extent;
    closing.folding.kernels->columns(count, offsets.data(), x, closing.extent, leaf);
  }

  void finish(const Closing& closing, FoldTree& tree) const {
    const std::int64_t outputs =
        closing.kind == Closing::Kind::columns ? closing.extent : group_.count / closing.extent;
    void* const out = pointers_[closing.output];
    if (closing.kind == Closing::Kind::columns)
      std::memcpy(out, tree.take(), static_cast<std::size_t>(outputs) * group_.element_size);
    if (closing.folding.divisor != 1.0) closing.folding.kernels->divide(outputs, out, closing.folding.divisor);
  }

  const Groups& groups_;
  const Group& group_;
  void* const* pointers_;
  const Word* words_;
};

}  // namespace

std::size_t closing_bytes(const Closing& closing, std::int64_t count, std::size_t element_size) {
  const bool by_rows = closing.kind == Closing::Kind::rows;
  const std::int64_t leaves = (by_rows ? closing.extent / row_block : count / closing.extent / rows_block) + 1;
  return static_cast<std::size_t>(FoldTree::levels(leaves) * (by_rows ? 1 : closing.extent)) * element_size;
}

void run_group(const Groups& groups, const Group& group, void* const* pointers, const Word* words) {
  if (group.count == 0) return;
  Run run{groups, group, pointers, words};
  if (group.count <= group.tile && group.strided_count == 0 && group.closing_count == 0) {
    run.at_once();
  } else {
    run.by_tiles();
  }
}

}  // namespace capstan
