// Threads: one pool for the whole process. Neither the order of the sums in a block of work nor what blocks are joined to
// depends on how many threads there are, so that results are the same bits for any number.
#pragma once

#include <cstdint>
#include <source_location>
#include <type_traits>

namespace capstan {

/// Of a process, or of a tape.
constexpr int most_threads = 1024;

/// How many threads the library computes with at most, the calling one included: at first as many as the processor
/// runs at once.
int threads() noexcept;
/// Waits until no tape computes on several threads. ValueError unless 1 ≤ count ≤ most_threads, and within a user's op that
/// runs on several.
void set_threads(int count, std::source_location where = std::source_location::current());

/// One block of work; `lane` < the limit tells threads that work at the same time apart.
using BlockFunction = void (*)(void* context, std::int64_t block, int lane);
void run_blocks(std::int64_t count, int limit, BlockFunction function, void* context);

/// Calls body(block, lane) for each block < count, on at most `limit` threads. Where another region has the pool, or
/// this is called within one, the calling thread does it all. What a body throws ends the region and passes through.
template <class Body>
void parallel_for(std::int64_t count, int limit, Body&& body) {
  using Held = std::remove_reference_t<Body>;
  run_blocks(
      count, limit, [](void* context, std::int64_t block, int lane) { (*static_cast<Held*>(context))(block, lane); },
      const_cast<void*>(static_cast<const void*>(&body)));
}

}  // namespace capstan
