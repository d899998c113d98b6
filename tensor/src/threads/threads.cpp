#include <capstan/tensor/threads.hpp>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <type_traits>

#if defined(__unix__) || defined(__APPLE__)
#include <pthread.h>
#endif

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include "threads/pool.hpp"

namespace capstan {

namespace {

/// The one object that all tapes of a process share, as they share its processor.
constinit Pool pool;
static_assert(std::is_trivially_destructible_v<Pool>);

/// Registers the pool's handlers for the end of the process and for forks. It is called before the first region, so
/// that a child never finds the pool taken by a thread that it does not have. Two threads may do it at once, which does
/// no harm.
void watch_process() {
  static constinit std::atomic<bool> watched{false};
  if (watched.load(std::memory_order_acquire)) return;
#if defined(__unix__) || defined(__APPLE__)
  pthread_atfork(nullptr, nullptr, [] { pool.abandon(); });
#endif
  std::atexit([] { pool.end(); });
  watched.store(true, std::memory_order_release);
}

}  // namespace

int threads() noexcept { return pool.size(); }

void set_threads(int count, std::source_location where) {
  if (count < 0 || count > max_threads) {
    throw ValueError{
        fmt::format("set_threads: count must be between 0 and {}, got {}\n  at {}", max_threads, count, place(where))};
  }
  if (Pool::is_within())
    throw ValueError{
        fmt::format("set_threads: must not be called from an op that runs on the thread pool; call it before or after "
                    "the computation\n  at {}",
                    place(where))};
  watch_process();
  pool.resize(count);
}

void engine::run_blocks(std::int64_t count, int limit, BlockFunction function, void* context) {
  limit = std::min(limit, threads());
  if (count > 1 && limit > 1 && !Pool::is_within()) {
    watch_process();
    if (pool.run(count, limit, function, context)) return;
  }
  for (std::int64_t block = 0; block < count; ++block) function(context, block, 0);
}

}  // namespace capstan
