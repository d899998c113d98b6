#include "threads/pool.hpp"

#include <algorithm>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>
#include <utility>

#include <capstan/tensor/error.hpp>

#include "threads/processor.hpp"

namespace capstan {

namespace {

constexpr int patience = 2000;  // looks before sleep
constexpr BackOff::Clock::duration longest_look = std::chrono::milliseconds{1};
constexpr BackOff::Clock::duration longest_wait = std::chrono::microseconds{200};  // beyond that

/// Looks so often whether `holds` of the value, and returns what it saw last.
template <class T, class Holds>
T look_for(const std::atomic<T>& value, int looks, Holds holds) {
  T now = value.load(std::memory_order_acquire);
  for (int look = 0; look < looks && !holds(now); ++look) {
    pause();
    now = value.load(std::memory_order_acquire);
  }
  return now;
}

/// Waits until `holds` is true of the value, and returns that value.
template <class T, class Holds>
T wait_until(const std::atomic<T>& value, int looks, Holds holds) {
  T now = look_for(value, looks, holds);
  while (!holds(now)) {
    value.wait(now, std::memory_order_acquire);
    now = value.load(std::memory_order_acquire);
  }
  return now;
}

thread_local bool in_region = false;

// The state says which region it is (upper half), and how many more threads it takes.
constexpr std::uint32_t one_region = 1u << 16;
std::uint32_t places(std::uint32_t state) { return state % one_region; }
std::uint32_t region(std::uint32_t state) { return state / one_region; }

}  // namespace

std::int64_t Region::work(int lane) {
  in_region = true;
  ++at_work;
  std::int64_t done = 0;
  try {
    for (std::int64_t block; (block = next.fetch_add(1, std::memory_order_relaxed)) < count; ++done)
      function(context, block, lane);
  } catch (...) {
    stop();
    if (!failed.test_and_set()) failure = std::current_exception();
  }
  --at_work;
  in_region = false;
  return done;
}

bool Pool::is_within() noexcept { return in_region; }

int Pool::size() noexcept {
  int size = size_.load(std::memory_order_relaxed);
  if (size != 0) return size;
  const int processor = std::clamp(static_cast<int>(std::thread::hardware_concurrency()), 1, max_threads);
  return size_.compare_exchange_strong(size, processor) ? processor : size;
}

void Pool::resize(int size) {
  while (!take()) {
    if (ended_) return;
    busy_.wait(true);
  }
  stop();
  size_ = size;
  give_back();
}

bool Pool::run(std::int64_t count, int limit, BlockFunction function, void* context) {
  if (!take()) return false;
  if (static_cast<int>(workers_) + 1 < size()) start();
  const BackOff::Time begun = BackOff::Clock::now();
  const std::uint32_t workers = back_off_.workers(workers_, begun);
  if (workers == 0) {
    give_back();
    return false;
  }
  Region region{.count = count, .function = function, .context = context};
  open(region, std::min(workers, static_cast<std::uint32_t>(std::min<std::int64_t>(limit, count) - 1)));
  const std::int64_t done = region.work(0);
  if (region.is_lost)
    throw Error{
        "fork: called from an op that runs on several threads; the child process has only one of them, and cannot "
        "continue"};
  close(region, begun, done);
  give_back();
  if (region.failed.test()) std::rethrow_exception(std::exchange(region.failure, nullptr));
  return true;
}

bool Pool::take() noexcept { return !ended_ && !busy_.exchange(true, std::memory_order_acquire); }

void Pool::give_back() noexcept {
  busy_.store(false, std::memory_order_release);
  busy_.notify_one();
}

void Pool::open(Region& region, std::uint32_t places) noexcept {
  region_ = &region;
  places_ = places;
  left_.store(0, std::memory_order_relaxed);
  state_.store((capstan::region(state_) + 1) * one_region + places_, std::memory_order_release);
  state_.notify_all();
}

/// No one joins any more; those who have are waited for. Blocks take about as long as those of the calling thread,
/// which keeps its processor for so long: on a busy machine it would not have it back soon. A worker that takes longer
/// was kept from running, if it says so.
void Pool::close(Region& region, BackOff::Time begun, std::int64_t done) noexcept {
  const std::uint32_t state = state_.fetch_and(~(one_region - 1), std::memory_order_acq_rel);
  const std::uint32_t joined = places_ - places(state);
  const auto all_left = [joined](std::uint32_t left) { return left == joined; };
  if (all_left(look_for(left_, patience, all_left))) return;
  BackOff::Time now = BackOff::Clock::now();
  const BackOff::Time enough = now + std::min((now - begun) / std::max<std::int64_t>(done, 1), longest_look);
  for (; now < enough; now = BackOff::Clock::now()) {
    if (all_left(look_for(left_, 50, all_left))) return;
  }
  region.is_awaited.store(true, std::memory_order_relaxed);
  wait_until(left_, 0, all_left);
  const std::uint32_t late = region.preempted;
  now = BackOff::Clock::now();
  if (late > 0 && now - enough > longest_wait) back_off_.came_late(late, joined, now);
}

/// Starts the workers, as many as the system allows. They are detached: a child process could not release handles to
/// them.
void Pool::start() noexcept {
  stopping_ = false;
  const auto wanted = static_cast<std::uint32_t>(size() - 1);
  try {
    for (; workers_ < wanted; ++workers_) {
      ++alive_;
      std::thread{[this, known = region(state_), process = process_] { serve(known, process); }}.detach();
    }
  } catch (const std::bad_alloc&) {
    --alive_;  // the next region tries again
  } catch (const std::exception&) {
    --alive_;
    size_ = static_cast<int>(workers_) + 1;
  }
}

void Pool::stop() noexcept {
  stopping_ = true;
  state_.fetch_add(one_region);
  state_.notify_all();
  wait_until(alive_, patience, [](std::uint32_t alive) { return alive == 0; });
  workers_ = 0;
}

void Pool::serve(std::uint32_t known, std::uint32_t process) {
  long times_preempted = 0;
  was_preempted(times_preempted);
  for (;;) {
    std::uint32_t state = wait_until(state_, patience, [this, known](std::uint32_t now) {
      return stopping_ || (region(now) != known && places(now) > 0);
    });
    if (stopping_) break;
    if (!state_.compare_exchange_weak(state, state - 1, std::memory_order_acq_rel)) continue;
    known = region(state);
    region_->mode.enter();
    region_->work(static_cast<int>(places(state)));
    if (process != process_) return;  // the only thread of a child
    if (region_->is_awaited.load(std::memory_order_relaxed) && was_preempted(times_preempted)) ++region_->preempted;
    left_.fetch_add(1, std::memory_order_release);
    left_.notify_one();
  }
  alive_.fetch_sub(1, std::memory_order_release);
  alive_.notify_one();
}

void Pool::end() noexcept {
  ended_ = true;
  busy_.notify_all();
  if (!in_region) {
    if (!busy_.exchange(true)) stop();  // else another thread computes, and goes on until the process is gone
    return;
  }
  // Static objects are destroyed next, and what blocks read and write may belong to them. One that does not end – it may
  // itself wait to end the process – is not waited for.
  state_.fetch_and(~(one_region - 1), std::memory_order_acq_rel);
  region_->stop();
  for (int look = 0; look < 1000 && region_->at_work > 1; ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

void Pool::abandon() noexcept {
  if (in_region) {
    region_->is_lost = true;
    region_->stop();
  }
  ++process_;
  workers_ = 0;
  stopping_ = false;
  alive_ = 0;
  state_ = 0;
  left_ = 0;
  busy_ = false;
}

}  // namespace capstan
