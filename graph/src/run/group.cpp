// Running a group: for each tile, the operands that must be located or gathered, the ops, and the closing folds.

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <new>

#include <capstan/tensor/threads.hpp>

#include "plan/group.hpp"

namespace capstan {

namespace {

/// Where an element lies, counted row-major, and from there on by whole runs, of which several may lie at equal steps.
class Walk {
 public:
  Walk(const StridedOperand& operand, std::int64_t element) : operand_{operand} {
    for (std::size_t i = operand.extents.size(); i-- > 0;) {
      position_[i] = element == 0 ? 0 : element % operand.extents[i];  // the start, mostly: nothing to divide
      offset_ += position_[i] * operand.steps[i];
      if (element != 0) element /= operand.extents[i];
    }
  }

  std::int64_t offset() const { return offset_; }
  std::int64_t left_of_run() const { return operand_.extents.back() - position_[operand_.extents.size() - 1]; }
  std::int64_t run_step() const { return axes() < 2 ? 0 : operand_.steps[axes() - 2]; }
  /// At equal steps, this one among them.
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
  std::array<std::int64_t, max_rank> position_;  // as many of them as there are axes are in use
  std::int64_t offset_ = 0;
};

/// Rows side by side, each of one element or as it lies. They may be many and short.
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

/// n elements from `first` on, side by side.
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

class Run {
 public:
  Run(const Groups& groups, const Group& group, void* const* pointers, const Word* words)
      : groups_{groups}, group_{group}, pointers_{pointers}, words_{words} {}

  /// Everything in one tile: every operand as it lies, or gathered.
  void at_once() const {
    auto* const scratch = static_cast<std::byte*>(pointers_[group_.scratch]);
    std::uint32_t number = 0;
    const Some<StridedOperand> operands = strided();
    auto operand = operands.begin();
    for (const GroupStep& step : all_steps()) {
      for (; operand != operands.end() && operand->step == number; ++operand) {
        if (operand->slot != operand->pointer) gather(*operand, 0, group_.count, pointers_[operand->slot]);
      }
      run(step, group_.count, pointers_);
      ++number;
    }
    for (const Closing& closing : closings()) {
      fold(closing, 0, group_.count, pointers_[closing.slot], scratch);
      if (closing.kind == Closing::Kind::columns) end_block(closing, 0, scratch);
    }
  }

  void by_tiles(std::int64_t block, int lane, const AroundPieces* around) const {
    auto* const scratch = static_cast<std::byte*>(pointers_[group_.scratch]) + lane * group_.lane_bytes;
    auto** const slots = reinterpret_cast<void**>(scratch + group_.slots_offset);
    const std::int64_t begin = block * group_.block, end = std::min(begin + group_.block, group_.count);
    for (std::uint32_t i = 0; i < group_.first_register; ++i) slots[i] = pointers_[i];
    for (std::uint32_t i = group_.first_register; i < group_.scratch; ++i)
      slots[i] = static_cast<std::byte*>(pointers_[i]) + lane * group_.lane_bytes;
    for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], begin);
    for (std::int64_t first = begin; first < end;) {
      const std::int64_t left = group_.row < group_.tile ? end - first : group_.row - first % group_.row;
      const std::int64_t n = std::min(group_.tile, left);
      assert(first + n <= end);
      if (around == nullptr) {
        steps(first, n, first == begin, slots);
      } else {
        pieces(first, n, slots, lane, *around);
      }
      for (const Closing& closing : closings()) fold(closing, first, n, slots[closing.slot], scratch);
      for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], n);
      first += n;
    }
    for (const Closing& closing : closings()) {
      if (closing.kind == Closing::Kind::columns) end_block(closing, block, scratch);
    }
    if (around != nullptr) around->end_block(block, lane);
  }

  void finish() const {
    for (const Closing& closing : closings()) finish(closing);
  }

 private:
  template <class T>
  using Some = std::span<const T>;

  Some<GroupStep> all_steps() const { return {groups_.steps.data() + group_.first_step, group_.step_count}; }
  Some<StridedOperand> strided() const { return {groups_.strided.data() + group_.first_strided, group_.strided_count}; }
  Some<Closing> closings() const { return {groups_.closings.data() + group_.first_closing, group_.closing_count}; }
  Some<std::uint32_t> moving() const { return {groups_.moving.data() + group_.first_moving, group_.moving_count}; }

  void steps(std::int64_t first, std::int64_t n, bool is_first, void** slots) const {
    std::uint32_t number = 0;
    auto operand = strided().begin();
    for (const GroupStep& step : all_steps()) {
      for (; operand != strided().end() && operand->step == number; ++operand)
        prepare(*operand, first, n, is_first, slots);
      run(step, n, slots);
      ++number;
    }
  }

  void pieces(std::int64_t first, std::int64_t n, void** slots, int lane, const AroundPieces& around) const {
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t some = std::min(around.piece, n - done);
      around.before(first + done, some, lane);
      steps(first + done, some, false, slots);
      around.after(first + done, some, lane);
      move(slots, some);
      done += some;
    }
    move(slots, -n);
  }

  /// Everything but single operands.
  void move(void** slots, std::int64_t n) const {
    for (const std::uint32_t slot : moving()) slots[slot] = element(slots[slot], n);
    for (std::uint32_t i = group_.first_register; i < group_.scratch; ++i) slots[i] = element(slots[i], n);
  }

  void run(const GroupStep& step, std::int64_t n, void* const* slots) const {
    std::array<const void*, 32> in;
    const std::uint32_t* const slot = groups_.slots.data() + step.first_slot;
    for (std::uint32_t i = 0; i < step.input_count; ++i) in[i] = slots[slot[i]];
    step.kernel(n, slots[slot[step.input_count]], in.data(), step.scalars, words_ + step.first_word);
  }

  std::byte* element(void* from, std::int64_t i) const {
    return static_cast<std::byte*>(from) + i * static_cast<std::int64_t>(group_.element_size);
  }
  std::size_t bytes(std::int64_t n) const { return static_cast<std::size_t>(n) * group_.element_size; }

  void prepare(const StridedOperand& operand, std::int64_t first, std::int64_t n, bool is_first, void** slots) const {
    void* const from = pointers_[operand.pointer];
    if (operand.slot == operand.pointer) {
      slots[operand.slot] = element(from, Walk{operand, first}.offset());
    } else if (is_first || !operand.once) {
      gather(operand, first, n, slots[operand.slot]);
    }
  }

  void gather(const StridedOperand& operand, std::int64_t first, std::int64_t n, void* into) const {
    const auto gather = group_.element_size == 8 ? gather_as<std::uint64_t> : gather_as<std::uint32_t>;
    gather(operand, pointers_[operand.pointer], first, n, into);
  }

  std::byte* partial(const Closing& closing, std::int64_t i) const {
    return element(static_cast<std::byte*>(pointers_[group_.scratch]) + closing.partial_offset, i);
  }

  void fold(const Closing& closing, std::int64_t first, std::int64_t n, void* x, std::byte* scratch) const {
    if (closing.spans) {
      fold_spanning(closing, first, n, x, scratch + closing.tree_offset);
    } else if (closing.kind == Closing::Kind::rows) {
      fold_rows(closing, first, n, x);
    } else {
      fold_columns(closing, first, n, x, scratch + closing.tree_offset);
    }
  }

  /// Rows that are one leaf give what is wanted; longer ones give a leaf a tile.
  void fold_rows(const Closing& closing, std::int64_t first, std::int64_t n, const void* x) const {
    const FoldKernels& kernels = *closing.folding.kernels;
    const std::int64_t row = first / closing.extent, column = first % closing.extent;
    if (closing.extent <= row_block) {
      assert(n % closing.extent == 0);
      kernels.rows(n / closing.extent, closing.extent, x, closing.extent, element(pointers_[closing.output], row), 1);
    } else {
      kernels.rows(1, n, x, n, partial(closing, row * leaves_of(closing.extent) + column / row_block), 1);
    }
  }

  /// The fold of everything, where tiles are whole rows: a leaf that several of them make is put together first, and one that
  /// two blocks make is folded when both are done.
  void fold_spanning(const Closing& closing, std::int64_t first, std::int64_t n, const void* x, std::byte* leaf) const {
    const auto* from = static_cast<const std::byte*>(x);
    for (const std::int64_t end = first + n; first < end;) {
      const std::int64_t begun = first % row_block, some = std::min(end - first, row_block - begun);
      const std::int64_t begins = first - begun, ends = std::min(begins + row_block, group_.count);
      const std::int64_t last_block = (ends - 1) / group_.block;
      if (begins / group_.block != last_block) {
        std::memcpy(element(edge(closing, last_block), begun), from, bytes(some));
      } else if (some == ends - begins) {
        fold_leaf(closing, begins, from);
      } else {
        std::memcpy(element(leaf, begun), from, bytes(some));
        if (first + some == ends) fold_leaf(closing, begins, leaf);
      }
      first += some;
      from += bytes(some);
    }
  }

  /// The leaf that a block begins within.
  std::byte* edge(const Closing& closing, std::int64_t block) const {
    return element(static_cast<std::byte*>(pointers_[group_.scratch]) + closing.edges_offset, (block - 1) * row_block);
  }

  void fold_leaf(const Closing& closing, std::int64_t begins, const std::byte* x) const {
    const std::int64_t n = std::min(row_block, group_.count - begins);
    closing.folding.kernels->rows(1, n, x, n, partial(closing, begins / row_block), 1);
  }

  /// A leaf grows row by row; a tile may begin and end inside a row. A lane's tree lies at the beginning of its store.
  void fold_columns(const Closing& closing, std::int64_t first, std::int64_t n, void* x, std::byte* store) const {
    const std::int64_t extent = closing.extent;
    FoldTree& tree = *reinterpret_cast<FoldTree*>(store);
    if (first % group_.block == 0) new (&tree) FoldTree{tree_of(closing, store + block_alignment)};
    for (std::int64_t done = 0; done < n;) {
      const std::int64_t row = (first + done) / extent, column = (first + done) % extent;
      const std::int64_t rows = std::min((n - done) / extent, rows_block - row % rows_block);
      const bool whole = column == 0 && rows > 0;
      const std::int64_t some = whole ? rows * extent : std::min(n - done, extent - column);
      if (whole) {
        fold_whole_rows(closing, row % rows_block == 0, rows, element(x, done), tree.leaf());
      } else if (row % rows_block == 0) {
        std::memcpy(element(tree.leaf(), column), element(x, done), bytes(some));
      } else {
        closing.folding.kernels->combine(some, element(tree.leaf(), column), element(x, done));
      }
      done += some;
      if ((first + done) % (rows_block * extent) == 0 || first + done == group_.count) tree.push();
    }
  }

  FoldTree tree_of(const Closing& closing, std::byte* store) const {
    return {*closing.folding.kernels, store, static_cast<std::int64_t>(bytes(closing.extent)), closing.extent};
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

  void end_block(const Closing& closing, std::int64_t block, std::byte* scratch) const {
    FoldTree& tree = *reinterpret_cast<FoldTree*>(scratch + closing.tree_offset);
    std::memcpy(partial(closing, block * closing.extent), tree.take(), bytes(closing.extent));
  }

  /// A block is a whole number of leaves, a power of two; so what blocks and leaves are joined to is one tree.
  void finish(const Closing& closing) const {
    const bool by_rows = closing.kind == Closing::Kind::rows;
    const std::int64_t outputs = by_rows ? group_.count / closing.extent : closing.extent;
    auto* const out = static_cast<std::byte*>(pointers_[closing.output]);
    for (std::int64_t at = group_.block; closing.spans && at < group_.count; at += group_.block) {
      if (at % row_block != 0) fold_leaf(closing, at - at % row_block, edge(closing, at / group_.block));
    }
    if (!by_rows) {
      const std::int64_t blocks = (group_.count + group_.block - 1) / group_.block;
      join(closing, closing.extent, blocks, partial(closing, 0), out);
    } else if (closing.extent > row_block) {
      const std::int64_t leaves = leaves_of(closing.extent);
      for (std::int64_t row = 0; row < outputs; ++row)
        join(closing, 1, leaves, partial(closing, row * leaves), element(out, row));
    }
    if (closing.folding.divisor != 1.0) closing.folding.kernels->divide(outputs, out, closing.folding.divisor);
  }

  void join(const Closing& closing, std::int64_t n, std::int64_t leaves, std::byte* x, std::byte* out) const {
    std::memcpy(out, join_leaves(*closing.folding.kernels, n, bytes(n), leaves, x), bytes(n));
  }

  const Groups& groups_;
  const Group& group_;
  void* const* pointers_;
  const Word* words_;
};

}  // namespace

void run_group(const Groups& groups, const Group& group, void* const* pointers, const Word* words, int threads,
               const AroundPieces* around) {
  if (group.count == 0) return;
  const Run run{groups, group, pointers, words};
  if (group.count <= group.tile) {
    run.at_once();
  } else {
    parallel_for((group.count + group.block - 1) / group.block, std::min(threads, group.lanes),
                 [&run, around](std::int64_t block, int lane) { run.by_tiles(block, lane, around); });
  }
  run.finish();
}

}  // namespace capstan
