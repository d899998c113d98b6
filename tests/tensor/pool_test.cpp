// The pool of threads: what it does of a region, and by whom.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <thread>
#include <vector>

#include <capstan/tensor/threads.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"
#include "threads.hpp"

using namespace capstan;

TEST_CASE("every block is done once, by lanes below the limit") {
  const Threads some{4};
  for (const int limit : {1, 2, 4, 9}) {
    for (const std::int64_t count : {0, 1, 2, 3, 1000}) {
      std::vector<std::atomic<int>> done(static_cast<std::size_t>(count));
      std::atomic<bool> lanes_hold{true};
      parallel_for(count, limit, [&](std::int64_t block, int lane) {
        if (lane < 0 || lane >= limit) lanes_hold = false;
        ++done[static_cast<std::size_t>(block)];
      });
      CHECK(lanes_hold);
      for (const std::atomic<int>& times : done) CHECK(times == 1);
    }
  }
}

TEST_CASE("a region within a region, and two at a time, are done by the threads that ask") {
  const Threads some{3};
  std::atomic<int> done{0};
  const auto nest = [&done] {
    parallel_for(50, 3, [&done](std::int64_t, int) {
      parallel_for(10, 3, [&done](std::int64_t, int lane) { done += lane == 0 ? 1 : 1000; });
    });
  };
  std::thread other{nest};
  nest();
  other.join();
  CHECK(done == 1000);
}

TEST_CASE("an exception from a block ends the region and reaches the caller") {
  const Threads some{2};
  const auto fail = [](std::int64_t block, int) {
    if (block == 7) throw std::runtime_error{"block 7"};
  };
  for (int round = 0; round < 20; ++round) CHECK_THROWS_WITH(parallel_for(100, 2, fail), "block 7");
  std::atomic<int> done{0};
  parallel_for(100, 2, [&done](std::int64_t, int) { ++done; });
  CHECK(done == 100);
}

TEST_CASE("the pool can be changed after more regions than it tells apart") {
  for (int round = 0; round < 2; ++round) {
    const Threads many{16};
    std::atomic<int> done{0};
    for (int region = 0; region < 65'535 + round; ++region) parallel_for(2, 2, [&done](std::int64_t, int) { ++done; });
    CHECK(done == 2 * (65'535 + round));
  }
}
