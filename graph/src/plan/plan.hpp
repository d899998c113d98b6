// Plan: a flat list of instructions over one arena, made once for a set of wanted values and run many times. Pointers are
// bound anew for each run: the arena, the leaves and earlier values may lie elsewhere by then.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <capstan/graph/op.hpp>
#include <capstan/kernels/product/task.hpp>
#include <capstan/tensor/pod_vector.hpp>
#include "plan/group.hpp"
#include "plan/instruction.hpp"
#include "plan/node_numbers.hpp"
#include "plan/stream.hpp"
#include "tape/recording.hpp"

namespace capstan {

/// The memory that a plan fills. Most of it is the arena, whose bytes serve one value after another. A value of one
/// element has bytes of its own in the scalar arena, so that it can be read as long as the run lives; a small
/// arena holds the scalars itself. Outputs that are a small part of the arena lie apart, so that keeping them does not keep
/// the arena.
enum class Region : std::uint8_t { arena, scalars, apart };
constexpr std::size_t region_count = 3;
/// Offsets of a region begin at a multiple of this.
constexpr std::int64_t region_span = std::int64_t{1} << 60;

constexpr std::int64_t offset_in(Region region, std::size_t bytes) {
  return static_cast<std::int64_t>(region) * region_span + static_cast<std::int64_t>(bytes);
}
constexpr Region region_of(std::int64_t offset) { return static_cast<Region>(offset / region_span); }
constexpr std::size_t bytes_in(std::int64_t offset) { return static_cast<std::size_t>(offset % region_span); }

/// Where an array lies: an offset in bytes from a base. Base 0 is the plan's own memory, whose offsets name the region;
/// base i + 1 is Plan::externals[i].
struct Place {
  std::int64_t offset;
  std::uint32_t base;
};

/// Memory that a plan reads and does not own: a leaf's, or that of a value computed by an earlier plan.
struct External {
  enum class Kind : std::uint8_t { leaf, number, value };
  Kind kind;
  NodeId node;
};

/// A reduction by itself.
struct FoldTask {
  Folding folding;
  Array x, y;
};

struct Plan {
  struct Output {
    NodeId node;
    std::int64_t offset;  ///< in the plan's own memory; values are row-major
    std::size_t bytes;
    bool shared = false;  ///< another output shares bytes with it
    bool small = false;   ///< keeping it would keep much more memory, so that it is copied when it is read
  };

  std::vector<NodeId> wanted;
  std::uint32_t keep_version = 0;
  NodeId backward = no_node;  ///< as requested
  int threads = 1;            ///< that it was made for
  PodVector<Instruction> instructions;
  PodVector<Place> places;            ///< per pointer
  PodVector<void*> pointers;          ///< as bound for the run
  PodVector<std::uint32_t> external;  ///< the pointers whose base is not the plan's own memory
  std::vector<Array> arrays;          ///< of calls and copies
  Groups groups;
  std::vector<FoldTask> folds;
  std::vector<kernels::ProductTask> products;
  std::vector<Stream> streams;
  PodVector<Word> words;
  std::vector<External> externals;
  std::vector<Output> outputs;  ///< values that are read after the run: they were wanted, or are kept
  std::vector<Output> scalars;  ///< values of one element that may be asked for later
  PodVector<NodeId> computed;   ///< in ascending order, views included
  std::array<std::size_t, region_count> region_bytes{};
  std::size_t alive_bytes = 0;                    ///< the peak live bytes: no arena can be smaller
  std::array<const void*, region_count> bound{};  ///< the memory that `pointers` were bound to last
  bool collected = false;                         ///< its outputs are kept by whoever reads them, run after run

  std::size_t arena_bytes() const noexcept { return region_bytes[0]; }
};

/// What the planner has to know of the tape.
struct PlanRequest {
  const Recording& recording;
  std::span<const NodeId> wanted;
  std::function<bool(NodeId)> available;  ///< computed since the last rewind, and readable
  NodeNumbers& numbers;                   ///< working memory, of which nothing is read afterwards
  int threads;                            ///< that the plan will run on, at most
  NodeId backward = no_node;              ///< where the last gradients begin; earlier nodes are forward
  NodeId cotangent = no_node;             ///< the gradient of the loss, from which they are computed
  std::size_t budget = SIZE_MAX;          ///< bytes that the arena should fit, by recomputing values
  bool keep_all = false;                  ///< every value that is computed may be read later
};

/// The instructions that an instruction consists of: a stream's three parts, or itself.
inline std::span<const Instruction> parts_of(const Plan& plan, const Instruction& made) {
  if (made.kind == Instruction::Kind::stream) return plan.streams[made.detail].parts;
  return {&made, 1};
}

/// Makes the plan for what is wanted, and for those of the values needed for it that are to be kept. If no plan fits the
/// budget, it is the one with the smallest arena.
///
/// Throws    ShapeError where the values that are needed have more bytes together than 63 bits count.
Plan make_plan(const PlanRequest& request);

/// Runs the instructions over the pointers as they are bound. What a user's op throws passes through.
void execute(Plan& plan, const Recording& recording);

}  // namespace capstan
