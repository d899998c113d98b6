#include <capstan/tensor/slice_positions.hpp>

#include <cstdint>
#include <limits>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("a slice takes what a loop from start to stop takes, counted from the end where negative") {
  for (std::int64_t extent = 0; extent <= 5; ++extent) {
    for (std::int64_t start = -extent; start <= extent; ++start) {
      for (std::int64_t stop = -extent; stop <= extent; ++stop) {
        for (std::int64_t step = 1; step <= 6; ++step) {
          const SliceOptions options{.start = start, .stop = stop, .step = step};
          REQUIRE_FALSE(slice_fault(options, extent).has_value());
          const SlicePositions taken = slice_positions(options, extent);
          const std::int64_t first = start < 0 ? start + extent : start, end = stop < 0 ? stop + extent : stop;
          std::int64_t count = 0, last = first;
          for (std::int64_t at = first; at < end; at += step, ++count) last = at;
          REQUIRE(taken.start == first);
          REQUIRE(taken.count == count);
          REQUIRE(taken.step == step);
          REQUIRE(taken.stop() == (count == 0 ? first : last + 1));
        }
      }
    }
  }
}

TEST_CASE("a slice to the end takes the rest, and a step of any size takes one position at least") {
  CHECK(slice_positions({.start = 2}, 7).count == 5);
  CHECK(slice_positions({.start = 2, .step = std::numeric_limits<std::int64_t>::max()}, 7).count == 1);
}

TEST_CASE("a slice that reaches beyond the axis, or does not go on, has a fault that says so") {
  const auto of_step = slice_fault({.start = 9, .step = 0}, 3);
  REQUIRE(of_step.has_value());
  CHECK(of_step->kind == SliceFault::Kind::step);
  CHECK(of_step->rule == "step must be at least 1, got 0");
  const auto of_start = slice_fault({.start = 4}, 3);
  REQUIRE(of_start.has_value());
  CHECK(of_start->kind == SliceFault::Kind::position);
  CHECK(of_start->rule == "start 4 is out of range");
  CHECK(slice_fault({.stop = -4}, 3)->rule == "stop -4 is out of range");
  CHECK(slice_fault({.start = std::numeric_limits<std::int64_t>::min()}, 3).has_value());
}
