// The pool. A thread that has nothing to do looks for work for a few microseconds, in which the next region of a training
// step usually comes, and then sleeps.

#include <capstan/graph/threads.hpp>

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <capstan/graph/error.hpp>

namespace capstan {

namespace {

constexpr int patience = 2000;  // looks before sleep

void pause() noexcept {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `holds` of the value, and returns that value.
template <class T, class Holds>
T wait_until(const std::atomic<T>& value, Holds holds) {
  T now = value.load(std::memory_order_acquire);
  for (int look = 0; look < patience && !holds(now); ++look) {
    pause();
    now = value.load(std::memory_order_acquire);
  }
  while (!holds(now)) {
    value.wait(now, std::memory_order_acquire);
    now = value.load(std::memory_order_acquire);
  }
  return now;
}

thread_local bool in_region = false;

struct Region {
  std::int64_t count = 0;
  BlockFunction function = nullptr;
  void* context = nullptr;
  std::atomic<std::int64_t> next{0};
  std::atomic_flag failed;
  std::exception_ptr failure;

  void work(int lane) {
    in_region = true;
    try {
      for (std::int64_t block; (block = next.fetch_add(1, std::memory_order_relaxed)) < count;)
        function(context, block, lane);
    } catch (...) {
      next.store(count, std::memory_order_relaxed);
      if (!failed.test_and_set()) failure = std::current_exception();
    }
    in_region = false;
  }
};

class Pool {
 public:
  Pool() : size_{std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, most_threads)} {}
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;
  ~Pool() { stop(); }

  int size() const noexcept { return size_.load(std::memory_order_relaxed); }

  void resize(int size) {
    const std::scoped_lock lock{busy_};
    stop();
    size_ = size;
  }

  /// False where the pool is busy.
  bool run(std::int64_t count, int limit, BlockFunction function, void* context) {
    const std::unique_lock lock{busy_, std::try_to_lock};
    if (!lock) return false;
    if (workers_.empty()) start();
    region_.count = count;
    region_.function = function;
    region_.context = context;
    region_.next.store(0, std::memory_order_relaxed);
    region_.failed.clear();
    open(static_cast<std::uint32_t>(std::min<std::int64_t>(limit, count) - 1));
    region_.work(0);
    close();
    if (region_.failed.test()) std::rethrow_exception(std::exchange(region_.failure, nullptr));
    return true;
  }

 private:
  // The state says which region it is (upper half), and how many more threads it takes.
  static constexpr std::uint32_t one_region = 1u << 16;
  static std::uint32_t places(std::uint32_t state) { return state % one_region; }
  static std::uint32_t region(std::uint32_t state) { return state / one_region; }

  void open(std::uint32_t places) {
    places_ = std::min(places, static_cast<std::uint32_t>(workers_.size()));
    left_.store(0, std::memory_order_relaxed);
    state_.store((region(state_) + 1) * one_region + places_, std::memory_order_release);
    state_.notify_all();
  }

  /// No one joins any more; those who have are waited for.
  void close() {
    const std::uint32_t state = state_.fetch_and(~(one_region - 1), std::memory_order_acq_rel);
    const std::uint32_t joined = places_ - places(state);
    wait_until(left_, [joined](std::uint32_t left) { return left == joined; });
  }

  void start() {
    stopping_ = false;
    try {
      for (int i = 1; i < size_; ++i) workers_.emplace_back([this, known = region(state_)] { serve(known); });
    } catch (const std::system_error&) {
      size_ = static_cast<int>(workers_.size()) + 1;  // the system gives no more
    }
  }

  void stop() {
    stopping_ = true;
    state_.fetch_add(one_region);
    state_.notify_all();
    for (std::thread& worker : workers_) worker.join();
    workers_.clear();
  }

  void serve(std::uint32_t known) {
    for (;;) {
      std::uint32_t state = wait_until(
          state_, [this, known](std::uint32_t now) { return stopping_ || (region(now) != known && places(now) > 0); });
      if (stopping_) return;
      if (!state_.compare_exchange_weak(state, state - 1, std::memory_order_acq_rel)) continue;
      known = region(state);
      region_.work(static_cast<int>(places(state)));
      left_.fetch_add(1, std::memory_order_release);
      left_.notify_one();
    }
  }

  std::mutex busy_;
  std::atomic<int> size_;
  std::vector<std::thread> workers_;
  Region region_;
  std::uint32_t places_ = 0;
  std::atomic<std::uint32_t> state_{0};
  std::atomic<std::uint32_t> left_{0};
  std::atomic<bool> stopping_{false};
};

/// The one thing that all tapes of a process share: its processor.
Pool& pool() {
  static Pool only;
  return only;
}

}  // namespace

int threads() noexcept { return pool().size(); }

void set_threads(int count, std::source_location where) {
  if (count < 1 || count > most_threads) {
    throw ValueError{
        fmt::format("set_threads: count must be between 1 and {}, got {}\n  at {}", most_threads, count, place(where))};
  }
  if (in_region)
    throw ValueError{fmt::format("set_threads: called by what is computed on them\n  at {}", place(where))};
  pool().resize(count);
}

void run_blocks(std::int64_t count, int limit, BlockFunction function, void* context) {
  limit = std::min(limit, threads());
  if (count > 1 && limit > 1 && !in_region && pool().run(count, limit, function, context)) return;
  for (std::int64_t block = 0; block < count; ++block) function(context, block, 0);
}

}  // namespace capstan
