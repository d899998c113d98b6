// Threads: one pool for the whole process. Neither the division of work into parts nor the order in which partial results
// are combined depends on the number of threads, so that results are the same bits for any number.
#pragma once

#include <cstdint>
#include <source_location>
#include <type_traits>

namespace capstan {

/// The most threads that a process or a tape can be told to compute with.
constexpr int max_threads = 1024;

/// The number of threads that the library computes with at most, the calling one included: at first as many as the
/// processor runs at once.
int threads() noexcept;
/// Sets that number; 0 stands for as many as the processor runs at once. Waits until no tape computes on several threads.
/// ValueError unless 0 ≤ count ≤ max_threads, and within a user's op that runs on several.
void set_threads(int count, std::source_location where = std::source_location::current());

namespace engine {

/// Computes one block of work. Threads that work at the same time have different lanes, all below the limit.
using BlockFunction = void (*)(void* context, std::int64_t block, int lane);
/// What parallel_for does, for a function with a context.
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

}  // namespace engine

}  // namespace capstan
