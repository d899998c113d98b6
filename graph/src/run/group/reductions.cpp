#include "run/group/reductions.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>
#include <new>

namespace capstan {

void ReductionRun::fold(std::int64_t first, std::int64_t n, void* x, std::byte* scratch) const {
  if (reduction_.spans) {
    fold_spanning(first, n, x, scratch + reduction_.tree_offset);
  } else if (reduction_.kind == FusedReduction::Kind::rows) {
    fold_rows(first, n, x);
  } else {
    fold_columns(first, n, x, scratch + reduction_.tree_offset);
  }
}

/// A row of one leaf is folded to its result; of a longer row, each tile is one leaf.
void ReductionRun::fold_rows(std::int64_t first, std::int64_t n, const void* x) const {
  const FoldKernels& kernels = *reduction_.folding.kernels;
  const std::int64_t row = first / reduction_.extent, column = first % reduction_.extent;
  if (reduction_.extent <= row_block) {
    assert(n % reduction_.extent == 0);
    kernels.rows(n / reduction_.extent, reduction_.extent, x, reduction_.extent,
                 element(pointers_[reduction_.output], row), 1);
  } else {
    kernels.rows(1, n, x, n, partial(row * leaves_of(reduction_.extent) + column / row_block), 1);
  }
}

/// Folds everything to one value, where leaves and tiles do not coincide. A leaf that spans several tiles is collected
/// first; one that two parts share is collected in the scratch and folded when both parts are done.
void ReductionRun::fold_spanning(std::int64_t first, std::int64_t n, const void* x, std::byte* leaf) const {
  const auto* from = static_cast<const std::byte*>(x);
  for (const std::int64_t end = first + n; first < end;) {
    const std::int64_t begun = first % row_block, some = std::min(end - first, row_block - begun);
    const std::int64_t begins = first - begun, ends = std::min(begins + row_block, group_.count);
    const std::int64_t last_part = (ends - 1) / group_.part_elements;
    if (begins / group_.part_elements != last_part) {
      std::memcpy(element(edge(last_part), begun), from, bytes(some));
    } else if (some == ends - begins) {
      fold_leaf(begins, from);
    } else {
      std::memcpy(element(leaf, begun), from, bytes(some));
      if (first + some == ends) fold_leaf(begins, leaf);
    }
    first += some;
    from += bytes(some);
  }
}

void ReductionRun::fold_leaf(std::int64_t begins, const std::byte* x) const {
  const std::int64_t n = std::min(row_block, group_.count - begins);
  reduction_.folding.kernels->rows(1, n, x, n, partial(begins / row_block), 1);
}

/// Adds rows to the current leaf; a tile may begin and end inside a row. The thread's tree is at the beginning of its
/// store.
void ReductionRun::fold_columns(std::int64_t first, std::int64_t n, void* x, std::byte* store) const {
  const std::int64_t extent = reduction_.extent;
  FoldTree& leaves = *reinterpret_cast<FoldTree*>(store);
  if (first % group_.part_elements == 0) new (&leaves) FoldTree{tree(store + block_alignment)};
  for (std::int64_t done = 0; done < n;) {
    const std::int64_t row = (first + done) / extent, column = (first + done) % extent;
    const std::int64_t rows = std::min((n - done) / extent, rows_block - row % rows_block);
    const bool whole = column == 0 && rows > 0;
    const std::int64_t some = whole ? rows * extent : std::min(n - done, extent - column);
    if (whole) {
      fold_whole_rows(row % rows_block == 0, rows, element(x, done), leaves.leaf());
    } else if (row % rows_block == 0) {
      std::memcpy(element(leaves.leaf(), column), element(x, done), bytes(some));
    } else {
      reduction_.folding.kernels->combine(some, element(leaves.leaf(), column), element(x, done));
    }
    done += some;
    if ((first + done) % (rows_block * extent) == 0 || first + done == group_.count) leaves.push();
  }
}

/// Folds whole rows into a leaf. Unless the leaf is new, its present values count as the first row.
void ReductionRun::fold_whole_rows(bool is_new, std::int64_t rows, std::byte* x, void* leaf) const {
  std::array<std::int64_t, rows_block + 1> offsets;
  std::int64_t count = 0;
  if (!is_new) {
    offsets[0] = (static_cast<std::byte*>(leaf) - x) / static_cast<std::int64_t>(group_.element_size);
    count = 1;
  }
  for (std::int64_t r = 0; r < rows; ++r) offsets[static_cast<std::size_t>(count++)] = r * reduction_.extent;
  reduction_.folding.kernels->columns(count, offsets.data(), x, reduction_.extent, leaf);
}

void ReductionRun::end_part(std::int64_t part, std::byte* scratch) const {
  if (reduction_.kind != FusedReduction::Kind::columns) return;
  FoldTree& leaves = *reinterpret_cast<FoldTree*>(scratch + reduction_.tree_offset);
  std::memcpy(partial(part * reduction_.extent), leaves.take(), bytes(reduction_.extent));
}

void ReductionRun::finish() const {
  const bool by_rows = reduction_.kind == FusedReduction::Kind::rows;
  const std::int64_t outputs = by_rows ? group_.count / reduction_.extent : reduction_.extent;
  auto* const out = static_cast<std::byte*>(pointers_[reduction_.output]);
  for (std::int64_t at = group_.part_elements; reduction_.spans && at < group_.count; at += group_.part_elements) {
    if (at % row_block != 0) fold_leaf(at - at % row_block, edge(at / group_.part_elements));
  }
  if (!by_rows) {
    const std::int64_t parts = (group_.count + group_.part_elements - 1) / group_.part_elements;
    join(reduction_.extent, parts, partial(0), out);
  } else if (reduction_.extent > row_block) {
    const std::int64_t leaves = leaves_of(reduction_.extent);
    for (std::int64_t row = 0; row < outputs; ++row) join(1, leaves, partial(row * leaves), element(out, row));
  }
  if (reduction_.folding.divisor != 1.0) reduction_.folding.kernels->divide(outputs, out, reduction_.folding.divisor);
}

void ReductionRun::join(std::int64_t n, std::int64_t leaves, std::byte* x, std::byte* out) const {
  std::memcpy(out, join_leaves(*reduction_.folding.kernels, n, bytes(n), leaves, x), bytes(n));
}

}  // namespace capstan
