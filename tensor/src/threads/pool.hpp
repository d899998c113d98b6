// Pool: the threads that compute together with the calling one. An idle thread looks for work for a few microseconds,
// in which the next region of a training step usually comes, and then sleeps.
//
// The pool is constant-initialised and never destroyed, so that tapes in static objects can use it. Its threads end
// with the process; a region that begins later, in the destructor of a static object, is computed by the calling thread
// alone.
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>

#include <capstan/tensor/threads.hpp>

#include <capstan/tensor/engine.hpp>
#include "threads/back_off.hpp"
#include "threads/float_mode.hpp"

namespace capstan {

/// A piece of work that threads compute together. It is on the stack of the calling thread, which waits for all others.
struct Region {
  std::int64_t count;
  BlockFunction function;
  void* context;
  FloatMode mode = FloatMode::of_this_thread();
  std::atomic<std::int64_t> next{0};
  std::atomic<int> at_work{0};              ///< the number of threads that compute now
  std::atomic<bool> is_awaited{false};      ///< true if the calling thread has waited for longer than usual
  std::atomic<std::uint32_t> preempted{0};  ///< the number of workers that the system did not let run meanwhile
  std::atomic_flag failed{};
  std::exception_ptr failure{};
  bool is_lost =
      false;  ///< true in a child process that was forked within a block: the blocks of other threads never end

  /// Computes blocks until none is left, and returns how many it computed.
  std::int64_t work(int lane);
  /// Keeps further blocks from beginning.
  void stop() noexcept { next.store(count, std::memory_order_relaxed); }
};

class Pool {
 public:
  constexpr Pool() = default;
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// The number of threads, the calling one included.
  int size() noexcept;
  void resize(int size);

  /// Computes a region. Returns false, having done nothing, if the pool is busy or the process ends.
  bool run(std::int64_t count, int limit, BlockFunction function, void* context);

  /// True if the calling thread is computing a block.
  static bool is_within() noexcept;

  /// To be called when the process ends. Ends idle threads; called within a block, it gives the others time to end
  /// theirs.
  void end() noexcept;
  /// To be called in a forked child, which has none of the threads.
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
  std::uint32_t process_ = 0;  ///< a number that differs in a forked child
  Region* region_ = nullptr;
  BackOff back_off_;
  std::atomic<std::uint32_t> alive_{0};  ///< workers
  std::atomic<std::uint32_t> state_{0};
  std::atomic<std::uint32_t> left_{0};
};

}  // namespace capstan
