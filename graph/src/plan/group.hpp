// Group: elementwise ops of one shape that run together, tile by tile, so that what one hands to the next stays in the
// nearest cache. A reduction of one of their values may close a group: it folds each tile as it is made.
//
// The elements of the shape are counted row-major. A tile is a part of a row or several whole rows, where the group
// says what a row is; so every operand of the group is either a piece of memory of the tile's length or one element,
// and a kernel needs to know no more. Operands that lie otherwise are gathered into a register, which is memory of one
// tile's length, before the first op.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <boost/container/static_vector.hpp>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/fold/tree.hpp>
#include <capstan/tensor/pod_vector.hpp>

#include "tape/recording.hpp"

namespace capstan {

// How folds add up is decided in kernels, for groups as well.
using kernels::Folding;
using kernels::FoldKernels;
using kernels::FoldTree;
using kernels::join_leaves;
using kernels::row_block;
using kernels::rows_block;

/// Elements of a tile at most. It is that of a leaf, so that a fold adds up the same inside a group and outside.
constexpr std::int64_t tile_elements = row_block;

/// One op over one tile.
struct GroupStep {
  ElementwiseKernel kernel;
  NodeId node;
  std::uint32_t first_slot;  ///< in Groups::slots: inputs, then the output
  std::uint32_t first_word;
  std::uint32_t input_count;
  std::uint32_t scalars;  ///< which inputs have one element that serves the whole tile
  bool again;             ///< its value is computed late, mostly a second time
};

/// An operand that does not lie row-major: where a tile of it begins, or how it is gathered.
struct StridedOperand {
  boost::container::static_vector<std::int64_t, max_rank> extents;
  Strides steps;  ///< in elements
  std::uint32_t pointer;
  std::uint32_t slot;  ///< the pointer's own where each tile lies in one run of it, else that of a register
  std::uint32_t step;  ///< the first that reads it, counted from the group's first
  bool once = false;   ///< every tile of it is the same: it is gathered for the first one of a block only
};

/// A reduction that closes the group.
struct Closing {
  enum class Kind : std::uint8_t { rows, columns };  ///< which are folded into one: the elements of a row, or the rows
  Folding folding;
  std::int64_t extent;  ///< of a row
  NodeId node;
  std::uint32_t slot;          ///< of what is folded
  std::uint32_t output;        ///< pointer
  std::size_t partial_offset;  ///< in the scratch: rows, a leaf each part of a row; columns, a fold each block
  std::size_t tree_offset;   ///< in a lane's scratch: columns, of the leaves of a block; leaves that span, of one leaf
  std::size_t edges_offset;  ///< leaves that span: in the scratch, the leaf that each block but the first begins within
  Kind kind;
  bool spans;  ///< rows: leaves do not begin with tiles
  bool again;  ///< as of a step
};

/// Leaves of a row that is longer than one.
constexpr std::int64_t leaves_of(std::int64_t extent) { return (extent + row_block - 1) / row_block; }

/// Pointers are counted from the instruction's first: inputs, outputs of ops, outputs of closings, registers, scratch.
/// Slots are the same, without those of closings being used.
struct Group {
  std::int64_t count;  ///< elements of the shape
  std::int64_t row;    ///< elements of a row
  std::int64_t tile;   ///< elements of a full tile
  std::int64_t block;  ///< elements that one thread does in one go
  std::size_t element_size;
  std::uint32_t pointer_count;
  std::uint32_t first_moving, moving_count;
  std::uint32_t first_step, step_count;
  std::uint32_t first_strided, strided_count;
  std::uint32_t first_closing, closing_count;
  std::uint32_t first_register;  ///< pointer
  std::uint32_t scratch;         ///< pointer
  int lanes;                     ///< how many threads there is scratch for
  std::size_t lane_bytes;        ///< of the scratch of one thread, which begins with its registers
  std::size_t slots_offset;      ///< of the slots as they stand for a tile, in a lane's scratch
};

/// All groups of a plan and what they consist of.
struct Groups {
  std::vector<Group> groups;
  PodVector<GroupStep> steps;
  PodVector<std::uint32_t> slots;
  PodVector<std::uint32_t> moving;  ///< pointers that move on with the tiles
  std::vector<StridedOperand> strided;
  std::vector<Closing> closings;

  /// Whether what a pointer points at lies as the group's tiles do, and moves on with them.
  bool moves(const Group& group, std::uint32_t pointer) const {
    const std::uint32_t* const first = moving.data() + group.first_moving;
    return std::find(first, first + group.moving_count, pointer) != first + group.moving_count;
  }
};

/// What a stream does around a group: before and after all ops have run over a piece of a tile, and after a block.
class AroundPieces {
 public:
  explicit AroundPieces(std::int64_t elements) : piece{elements} {}
  AroundPieces(const AroundPieces&) = delete;
  AroundPieces& operator=(const AroundPieces&) = delete;
  virtual ~AroundPieces() = default;

  virtual void before(std::int64_t first, std::int64_t n, int lane) const = 0;
  virtual void after(std::int64_t first, std::int64_t n, int lane) const = 0;
  virtual void end_block(std::int64_t block, int lane) const = 0;

  const std::int64_t piece;  ///< elements
};

/// Runs a group over the instruction's pointers; the group of a stream with `around`.
void run_group(const Groups& groups, const Group& group, void* const* pointers, const Word* words, int threads,
               const AroundPieces* around = nullptr);

}  // namespace capstan
