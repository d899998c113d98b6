// Group: a fused group – elementwise ops of one shape that run together, tile by tile, so that the values that one op hands
// to the next stay in the L1 cache. A reduction of one of these values may be fused into the group: it folds each tile
// as it is computed.
//
// The elements of the shape are counted row-major. A tile is a section of a row or several whole rows; the group says what
// a row is. So a kernel sees every operand either as contiguous memory of the tile's length or as one element. An operand
// that is laid out otherwise is first gathered into a tile buffer: memory of one tile's length.
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

/// The largest tile, in elements. It has the size of a reduction's chunk, so that a fused reduction adds in the same order
/// as a separate one.
constexpr std::int64_t tile_elements = row_block;

/// One op over one tile.
struct GroupStep {
  ElementwiseKernel kernel;
  NodeId node;
  std::uint32_t first_slot;  ///< in Groups::slots: inputs, then the output
  std::uint32_t first_word;
  std::uint32_t input_count;
  std::uint32_t scalars;  ///< which inputs have one element that serves the whole tile
  bool is_recomputed;     ///< its value is recomputed for backward
};

/// An operand that is not laid out like the tiles: where a tile of it begins, or how it is gathered.
struct StridedOperand {
  boost::container::static_vector<std::int64_t, max_rank> extents;
  Strides steps;  ///< in elements
  std::uint32_t pointer;
  std::uint32_t
      slot;  ///< the slot that the ops read: the pointer itself if every tile of it is contiguous, else a tile buffer
  std::uint32_t step;  ///< the first op that reads it, counted from the group's first op
  bool once = false;   ///< every tile of it is the same, so that it is gathered once per part
};

/// A reduction that is fused into the group. Row reductions store one partial result per chunk of a row, column reductions
/// one per part.
struct FusedReduction {
  enum class Kind : std::uint8_t { rows, columns };  ///< which are folded into one: the elements of a row, or the rows
  Folding folding;
  std::int64_t extent;  ///< of a row
  NodeId node;
  std::uint32_t slot;          ///< the value that is folded
  std::uint32_t output;        ///< pointer
  std::size_t partial_offset;  ///< in the scratch: the partial results
  std::size_t tree_offset;     ///< in a worker's scratch: columns, the tree of a part's chunks; if `spans`, one chunk
  std::size_t edges_offset;    ///< if `spans`, in the scratch: per part but the first, the chunk that it begins within
  Kind kind;
  bool spans;          ///< rows: chunks cross the boundaries of tiles
  bool is_recomputed;  ///< its value is recomputed for backward
};

/// The number of chunks of a row that is longer than one chunk.
constexpr std::int64_t leaves_of(std::int64_t extent) { return (extent + row_block - 1) / row_block; }

/// Pointers are counted from the instruction's first pointer, in this order: inputs, results of ops, results of reductions,
/// tile buffers, scratch. Slots have the same numbers; those of the results of reductions are not used.
struct Group {
  std::int64_t count;          ///< elements of the shape
  std::int64_t row;            ///< elements of a row
  std::int64_t tile;           ///< elements of a full tile
  std::int64_t part_elements;  ///< elements of a part, which one worker takes in one go
  std::size_t element_size;
  std::uint32_t pointer_count;
  std::uint32_t first_moving, moving_count;
  std::uint32_t first_step, step_count;
  std::uint32_t first_strided, strided_count;
  std::uint32_t first_reduction, reduction_count;
  std::uint32_t first_tile_buffer;  ///< pointer
  std::uint32_t scratch;            ///< pointer
  int workers;                      ///< the number of workers that there is scratch for
  std::size_t worker_bytes;         ///< of the scratch of one worker, which begins with its tile buffers
  std::size_t slots_offset;         ///< in a worker's scratch: where the slots of the current tile lie
};

/// All groups of a plan and what they consist of.
struct Groups {
  std::vector<Group> groups;
  PodVector<GroupStep> steps;
  PodVector<std::uint32_t> slots;
  PodVector<std::uint32_t> moving;  ///< pointers that advance by a tile with each tile
  std::vector<StridedOperand> strided;
  std::vector<FusedReduction> reductions;

  /// True if the pointer advances with the tiles: its memory is laid out like the group's shape.
  bool moves(const Group& group, std::uint32_t pointer) const {
    const std::uint32_t* const first = moving.data() + group.first_moving;
    return std::find(first, first + group.moving_count, pointer) != first + group.moving_count;
  }
};

/// What a stream does around a group: before and after all ops have run over a strip of a tile, and after a part.
class AroundStrips {
 public:
  explicit AroundStrips(std::int64_t elements) : strip{elements} {}
  AroundStrips(const AroundStrips&) = delete;
  AroundStrips& operator=(const AroundStrips&) = delete;
  virtual ~AroundStrips() = default;

  virtual void before(std::int64_t first, std::int64_t n, int worker) const = 0;
  virtual void after(std::int64_t first, std::int64_t n, int worker) const = 0;
  virtual void end_part(std::int64_t part, int worker) const = 0;

  const std::int64_t strip;  ///< elements
};

/// Runs a group over the instruction's pointers; the group of a stream with `around`.
void run_group(const Groups& groups, const Group& group, void* const* pointers, const Word* words, int threads,
               const AroundStrips* around = nullptr);

}  // namespace capstan
