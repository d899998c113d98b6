#include <capstan/tensor/cut_work.hpp>

#include <cstdint>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("one thread does all work in one part, and so do several where it is less than that of two") {
  CHECK(count_parts(1e18, 1) == 1);
  CHECK(count_parts(0.0, 8) == 1);
  CHECK(count_parts(2.0 * part_work - 1.0, 8) == 1);
  CHECK(count_parts(2.0 * part_work, 8) == 2);
}

TEST_CASE("how many parts there are follows from the work, not from how many threads there are") {
  for (const double work : {3.5 * part_work, 100.0 * part_work}) CHECK(count_parts(work, 2) == count_parts(work, 64));
  CHECK(count_parts(3.5 * part_work, 2) == 3);
  CHECK(count_parts(1e300, 2) > 0);
}

TEST_CASE("items that are worth more make smaller parts") {
  CHECK(items_of_part(1.0) == part_work);
  CHECK(items_of_part(work::copied_byte) == 4 * part_work);
  CHECK(items_of_part(work::random_number) == part_work / 16);
}

TEST_CASE("ranges follow each other without gaps, begin with whole units and differ by one unit at most") {
  for (const std::int64_t whole : {0, 1, 63, 64, 65, 1000, 4097}) {
    for (const std::int64_t unit : {1, 16, 64}) {
      for (std::int64_t parts = 1; parts <= 7; ++parts) {
        std::int64_t end = 0;
        for (std::int64_t part = 0; part < parts; ++part) {
          const Range range = range_of(whole, part, parts, unit);
          REQUIRE(range.begin == end);
          REQUIRE(range.begin % unit == 0);
          const std::int64_t units = (range.end - range.begin) / unit, fewest = whole / unit / parts;
          REQUIRE((units == fewest || units == fewest + 1));
          end = range.end;
        }
        REQUIRE(end == whole);
      }
    }
  }
}
