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

/// Whether the user has set it; other tests set it for themselves.
const bool parameters_are_given = std::getenv("RC_PARAMS") != nullptr;

bool all_pass(const rc::detail::TestParams& params) {
  const Threads some{2};
  std::cerr << "lives of a tape of seed " << params.seed << '\n';
  const auto seeds = rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint32_t>(0, UINT32_MAX));
  const auto check = [&] { check_life(*rc::gen::noShrink(seeds)); };
  const auto result = rc::detail::checkTestable(check, rc::detail::TestMetadata{}, params);
  rc::detail::printResultMessage(result, std::cerr);
  std::cerr << '\n';
  return result.is<rc::detail::SuccessResult>();
}

rc::detail::TestParams lives_of(std::uint64_t seed, int count) {
  rc::detail::TestParams params;
  params.seed = seed;
  params.maxSuccess = count;
  return params;
}

}  // namespace

TEST_CASE("every step of 2000 random lives of a tape gives what it gives on a fresh tape") {
  CHECK(all_pass(parameters_are_given ? rc::detail::configuration().testParams : lives_of(20240607, 2000)));
}

TEST_CASE("every step of random lives of a tape of a seed drawn in each run gives what it gives on a fresh tape") {
  CHECK(all_pass(lives_of(std::random_device{}(), 500)));
}
