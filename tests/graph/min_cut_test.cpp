// Cuts that can be found by hand.
#include "plan/recompute/min_cut.hpp"
#include "catch.hpp"

using namespace capstan;
using Values = std::vector<bool>;

TEST_CASE("the minimum cut keeps the cheaper values and recomputes the values that depend on them") {
  MinCut cut;
  const auto small = cut.add(10), large = cut.add(100, 0);
  cut.depend(large, small);
  cut.need(large);
  CHECK(cut.computed_again() == Values{false, true});
}

TEST_CASE("of several cuts of the same cost, the one that recomputes the fewest values is taken") {
  MinCut cut;
  const auto a = cut.add(10), b = cut.add(10, 0), c = cut.add(10, 0);
  cut.depend(b, a);
  cut.depend(c, b);
  cut.need(c);
  SECTION("none, of a chain") { CHECK(cut.computed_again() == Values{false, false, false}); }
  SECTION("none but the one at the end of what is needed anyway") {
    cut.need(b);
    CHECK(cut.computed_again() == Values{false, false, true});
  }
}

TEST_CASE("a value of two is kept where both together cost more than what they are made of") {
  MinCut cut;
  const auto x = cut.add(15), a = cut.add(10, 0), b = cut.add(10, 0);
  cut.depend(a, x);
  cut.depend(b, x);
  cut.need(a);
  SECTION("one alone is kept itself") { CHECK(cut.computed_again() == Values{false, false, false}); }
  SECTION("two are computed") {
    cut.need(b);
    CHECK(cut.computed_again() == Values{false, true, true});
  }
}

TEST_CASE("work counts against what it saves") {
  MinCut cut;
  const auto x = cut.add(5), y = cut.add(10, 6);
  cut.depend(y, x);
  cut.need(y);
  SECTION("what it is made of is kept for it") { CHECK(cut.computed_again() == Values{false, false}); }
  SECTION("what it is made of is needed anyway") {
    cut.need(x);
    CHECK(cut.computed_again() == Values{false, true});
  }
}

TEST_CASE("values that depend on nothing that must be kept are recomputed, and so are values that cannot be kept") {
  MinCut cut;
  const auto x = cut.add(10, 0), view = cut.add(MinCut::unkeepable, 0), kept = cut.add(10);
  cut.need(x);
  cut.depend(view, kept);
  cut.need(view);
  CHECK(cut.computed_again() == Values{true, true, false});
}

TEST_CASE("a cut of a value that costs nothing to keep passes there") {
  MinCut cut;
  const auto x = cut.add(10), output = cut.add(0, 0), y = cut.add(10, 0);
  cut.depend(output, x);
  cut.depend(y, output);
  cut.need(y);
  CHECK(cut.computed_again() == Values{false, false, true});
}

TEST_CASE("a cut of no values is empty") { CHECK(MinCut{}.computed_again().empty()); }
