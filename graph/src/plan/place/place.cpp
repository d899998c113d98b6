// Takes  a draft.
// Gives  the plan: every buffer has its offset. Buffers whose live ranges do not overlap share bytes of the arena; a value
//        that is read for the last time is free for the next instruction, or for a result of the same one (reuse.hpp).
// Last, and so the only pass that knows how large the arena is.

#include <algorithm>
#include <utility>

#include "plan/emit/draft.hpp"
#include "plan/passes.hpp"
#include "plan/place/offsets.hpp"
#include "plan/place/reuse.hpp"

namespace capstan::plan {

namespace {

constexpr std::size_t small_part = 8;          // outputs lie apart if the arena is at least this many times as large
constexpr std::size_t small_arena = 16 << 10;  // an arena that may be kept for the sake of any part of it

class Placer {
 public:
  explicit Placer(Draft& draft) : draft_{draft}, plan_{draft.plan}, buffers_{draft.buffers} {}

  void place() {
    place_in_arena();
    if (!draft_.is_bounded) {
      place_outputs_apart();
      place_scalars_in_arena();
    }
    add_offsets();
  }

 private:
  std::size_t& region_bytes(Region region) { return plan_.region_bytes[static_cast<std::size_t>(region)]; }

  void place_in_arena() {
    lifetimes_.clear();
    lifetime_of_.assign(buffers_.size(), none);
    for (std::uint32_t i = 0; i < plan_.instructions.size(); ++i) {
      for (const Instruction& part : parts_of(plan_, plan_.instructions[i])) {
        find_reuse(draft_, i, part, reuse_);
        for (const Reuse& reuse : reuse_) {
          lifetime_of_[reuse.output] = lifetime_of_[reuse.input];
          lifetimes_[lifetime_of_[reuse.output]].last = buffers_[reuse.output].last_use;
        }
        for (std::uint32_t p = part.first_pointer + part.input_count; p < part.first_pointer + part.pointer_count; ++p)
          begin_life(draft_.targets[p].buffer, i);
      }
    }
    plan_.alive_bytes = alive_at_once(lifetimes_);
    plan_.region_bytes[0] = assign_offsets(lifetimes_);
  }

  void begin_life(std::uint32_t buffer, std::uint32_t instruction) {
    const Buffer& written = buffers_[buffer];
    if (lifetime_of_[buffer] != none || written.region != Region::arena) return;
    lifetime_of_[buffer] = static_cast<std::uint32_t>(lifetimes_.size());
    lifetimes_.push_back({written.bytes, instruction, written.last_use});
  }

  /// Moves outputs that are a small part of the arena out of it, so that whoever keeps them does not keep the arena.
  void place_outputs_apart() {
    std::size_t bytes = 0;
    for (const std::uint32_t output : draft_.output_buffers) {
      if (buffers_[output].region == Region::arena) bytes += aligned(buffers_[output].bytes);
    }
    if (bytes == 0 || plan_.arena_bytes() < std::max(small_part * bytes, small_arena)) return;
    std::size_t& apart = region_bytes(Region::apart);
    for (const std::uint32_t output : draft_.output_buffers) {
      Buffer& buffer = buffers_[output];
      if (buffer.region != Region::arena) continue;
      buffer.region = Region::apart;
      buffer.offset = apart;
      apart += aligned(buffer.bytes);
    }
    place_in_arena();
  }

  /// Moves the scalars into a small arena: memory of their own would cost the step more than it frees.
  void place_scalars_in_arena() {
    std::size_t& scalars = region_bytes(Region::scalars);
    const std::size_t begin = aligned(plan_.arena_bytes());
    if (scalars == 0 || begin + scalars > small_arena) return;
    plan_.region_bytes[0] = begin + std::exchange(scalars, 0);
    for (std::uint32_t b = 0; b < buffers_.size(); ++b) {
      Buffer& buffer = buffers_[b];
      if (buffer.region != Region::scalars) continue;
      buffer.region = Region::arena;
      lifetime_of_[b] = static_cast<std::uint32_t>(lifetimes_.size());
      lifetimes_.push_back({.bytes = buffer.bytes, .first = 0, .last = none, .offset = begin + buffer.offset});
    }
    for (Plan::Output& scalar : plan_.scalars)
      scalar.offset = offset_in(Region::arena, begin + bytes_in(scalar.offset));
  }

  /// Offsets in buffers become offsets in the plan's memory.
  void add_offsets() {
    const auto start = [this](std::uint32_t buffer) {
      const Buffer& b = buffers_[buffer];
      return offset_in(b.region, b.region == Region::arena ? lifetimes_[lifetime_of_[buffer]].offset : b.offset);
    };
    for (std::size_t p = 0; p < plan_.places.size(); ++p) {
      if (const std::uint32_t buffer = draft_.targets[p].buffer; buffer != none)
        plan_.places[p].offset += start(buffer);
    }
    for (std::size_t i = 0; i < plan_.outputs.size(); ++i) {
      plan_.outputs[i].offset += start(draft_.output_buffers[i]);
    }
    plan_.pointers.resize(plan_.places.size());
  }

  Draft& draft_;
  Plan& plan_;
  PodVector<Buffer>& buffers_;
  std::vector<Lifetime> lifetimes_;
  std::vector<Reuse> reuse_;                ///< of the current part of an instruction
  std::vector<std::uint32_t> lifetime_of_;  ///< per buffer; an output that lies over an input has the input's
};

}  // namespace

Plan place(Draft draft) {
  Placer{draft}.place();
  return std::move(draft.plan);
}

}  // namespace capstan::plan
