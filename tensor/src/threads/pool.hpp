// Pool: the threads that compute beside the one that asks. A thread that has nothing to do looks for work for a few
// microseconds, in which the next region of a training step usually comes, and then sleeps.
//
// The pool outlives everything: it is made without code that runs before main and never destroyed, so that tapes in static
// objects can use it. Its threads end when the process does; a region that begins later, in a destructor of a static
// object, is computed by the thread that asks alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include <capstan/tensor/threads.hpp>

#include "threads/back_off.hpp"
#include "threads/float_mode.hpp"

namespace capstan {

/// What threads compute together. It lies on the stack of the thread that asks, which waits for all others.
struct Region {
  std::int64_t count;
  BlockFunction function;
  void* context;
  FloatMode mode = FloatMode::of_this_thread();
  std::atomic<std::int64_t> next{0};
  std::atomic<int> at_work{0};              ///< threads
  std::atomic<bool> is_awaited{false};      ///< by the thread that asked, for longer than usual
  std::atomic<std::uint32_t> preempted{0};  ///< workers that were kept from running meanwhile
  std::atomic_flag failed{};
  std::exception_ptr failure{};
  bool is_lost = false;  ///< in a child process that a block made: nobody computes what other threads had begun

  /// Says how many blocks it computed.
  std::int64_t work(int lane);
  /// No block begins any more.
  void stop() noexcept { next.store(count, std::memory_order_relaxed); }
};

class Pool {
 public:
  constexpr Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// The calling thread counts.
  int size() noexcept;
  void resize(int size);

  /// False where the pool is busy, or the process ends.
  bool run(std::int64_t count, int limit, BlockFunction function, void* context);

  /// Whether the calling thread computes a block.
  static bool is_within() noexcept;

  /// The process ends. Threads without work are ended; from within a block, the others are given time to end theirs.
  void end() noexcept;
  /// In a child process, which has none of the threads.
  void abandon() noexcept;

 private:
  bool take() noexcept;
  void give_back() noexcept;
  void open(Region& region, std::uint32_t places) noexcept;
  void close(Region& region, BackOff::Time begun, std::int64_t done) noexcept;
  void start() noexcept;
  void stop() noexcept;
  void serve(std::uint32_t known, std::uint32_t process);

  std::atomic<int> size_{0};  ///< 0 until it is asked for: as many as the processor runs at once
  std::atomic<bool> busy_{false}, ended_{false}, stopping_{false};
  std::uint32_t workers_ = 0;
  std::uint32_t places_ = 0;
  std::uint32_t process_ = 0;  ///< changes in a child
  Region* region_ = nullptr;
  BackOff back_off_;
  std::atomic<std::uint32_t> alive_{0};  ///< workers
  std::atomic<std::uint32_t> state_{0};
  std::atomic<std::uint32_t> left_{0};
};

}  // namespace capstan
