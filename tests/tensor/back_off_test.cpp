#include "threads/back_off.hpp"

#include <chrono>

#include "catch.hpp"

using namespace capstan;
using std::chrono::milliseconds;

namespace {

constexpr std::uint32_t all = 7;

/// Until then, from a moment on, there are fewer workers than all.
milliseconds pause_from(const BackOff& back_off, BackOff::Time begun) {
  milliseconds pause{0};
  while (back_off.workers(all, begun + pause) < all) ++pause;
  return pause;
}

}  // namespace

TEST_CASE("regions ask for every worker until some come late") {
  const BackOff back_off;
  CHECK(back_off.workers(all, BackOff::Clock::now()) == all);
  CHECK(back_off.workers(1, BackOff::Clock::now()) == 1);
}

TEST_CASE("workers that came late are done without for a while, the others are not") {
  BackOff back_off;
  const BackOff::Time now = BackOff::Clock::now();
  back_off.came_late(2, all, now);
  CHECK(back_off.workers(all, now) == 5);
  CHECK(back_off.workers(3, now) == 3);
  CHECK(pause_from(back_off, now) == milliseconds{20});
  CHECK(back_off.workers(all, now + milliseconds{20}) == all);
  back_off.came_late(1, 1, now);
  CHECK(back_off.workers(all, now) == 0);
}

TEST_CASE("the while doubles as long as workers come late again soon, up to a second") {
  BackOff back_off;
  BackOff::Time now = BackOff::Clock::now();
  for (const int expected : {20, 40, 80, 160, 320, 640, 1000, 1000}) {
    back_off.came_late(1, 1, now);
    CHECK(pause_from(back_off, now) == milliseconds{expected});
    now += milliseconds{expected + 1};
  }
  now += std::chrono::seconds{5};
  back_off.came_late(1, 1, now);
  CHECK(pause_from(back_off, now) == milliseconds{20});
}
