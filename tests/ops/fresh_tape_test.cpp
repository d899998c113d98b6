// Random lives of tapes – refused ops, several backwards, reads at any place, numbers, leaves and programs that change
// from step to step – of which every step gives what it gives on a fresh tape, and on a fresh eager one. The seed is
// fixed but for one test; RC_PARAMS="seed=42" takes others, and RC_PARAMS="seed=42 max_success=200000" more of them. A
// failure prints the seed and the life, made as small as it fails.
#include <cstdlib>
#include <iostream>
#include <random>
#include <sstream>

#include <rapidcheck.h>

#include "catch.hpp"
#include "lives/life.hpp"
#include "threads.hpp"

using lives::Life;

namespace {

void check_life(std::uint32_t seed) {
  const Life life = lives::generate(seed);
  const std::string found = lives::difference(life);
  if (found.empty()) return;
  const Life smallest = lives::reduce(life, [](const Life& simpler) { return !lives::difference(simpler).empty(); });
  std::ostringstream text;
  text << "life " << seed << ": " << found << "\nthe smallest like it: " << lives::difference(smallest) << '\n'
       << smallest;
  RC_FAIL(text.str());
}

void check_lives() {
  const auto seeds = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint32_t>(0, UINT32_MAX));
  check_life(*rc::gen::noShrink(seeds));
}

}  // namespace

TEST_CASE("every step of 2000 random lives of a tape gives what it gives on a fresh tape") {
  const Threads some{2};
  setenv("RC_PARAMS", "seed=20240607 max_success=2000", 0);  // unless it is set; read by the first check of the program
  CHECK(rc::check(check_lives));
}

TEST_CASE("every step of random lives of a tape of a seed drawn in each run gives what it gives on a fresh tape") {
  const Threads some{2};
  rc::detail::TestParams params;
  params.seed = std::random_device{}();
  params.maxSuccess = 500;
  std::cerr << "lives of a tape of seed " << params.seed << '\n';
  const auto result = rc::detail::checkTestable(check_lives, rc::detail::TestMetadata{}, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << '\n';
  CHECK(result.template is<rc::detail::SuccessResult>());
}
