// BackOff: the number of workers to use on a machine that also runs other processes. If the calling thread had to wait
// for workers that the system did not let run, regions use that many fewer for a while and then try again. The while
// doubles each time that this was too early.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace capstan {

class BackOff {
 public:
  using Clock = std::chrono::steady_clock;
  using Time = Clock::time_point;

  /// The number of workers, at most `most`, for a region that begins now.
  std::uint32_t workers(std::uint32_t most, Time now) const noexcept {
    return now < until_ ? std::min(most, kept_) : most;
  }

  /// Notes how many of the workers that took part were late.
  void came_late(std::uint32_t late, std::uint32_t took_part, Time now) noexcept {
    const bool too_early = now < until_ + 4 * pause_;
    pause_ = too_early ? std::min(2 * pause_, longest) : shortest;
    until_ = now + pause_;
    kept_ = took_part - late;
  }

 private:
  static constexpr Clock::duration shortest = std::chrono::milliseconds{20}, longest = std::chrono::seconds{1};

  Clock::duration pause_ = shortest;
  Time until_{};
  std::uint32_t kept_ = 0;
};

}  // namespace capstan
