#include "random/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numbers>
#include <vector>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/isa.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"
#include "random/kernels.hpp"

using namespace capstan;
using kernels::Isa;

namespace {

constexpr std::uint64_t seed = 0x0123456789abcdef, stream = 0xfedcba9876543210;

/// The numbers of one set's loops, one more of which must stay as it was.
template <class T, class Loop>
std::vector<T> filled(std::size_t pairs, Loop loop) {
  std::vector<T> out(2 * pairs + 1, T(99));
  loop(out.data());
  CHECK(out.back() == T(99));
  out.pop_back();
  return out;
}

Rng rng_at(std::uint64_t word) {
  Rng rng{seed, stream};
  rng.discard(word);
  return rng;
}

template <class T>
void check_loops(const RandomLoops<T>& loops, const RandomPlace& place, std::size_t pairs) {
  Rng normals = rng_at(place.word), uniforms = normals;
  const std::vector<T> z = filled<T>(pairs, [&](T* out) { loops.normal(place, pairs, 3.0, 0.3, out); });
  const std::vector<T> u = filled<T>(pairs, [&](T* out) { loops.uniform(place, pairs, 0.1, 0.7, T(0.6), out); });
  const bool same_normals =
      std::ranges::all_of(z, [&](T x) { return x == static_cast<T>(3.0 + 0.3 * normals.normal()); });
  const bool same_uniforms = std::ranges::all_of(
      u, [&](T x) { return x == std::min(static_cast<T>(0.1 + 0.7 * uniforms.uniform()), T(0.6)); });
  CHECK(same_normals);
  CHECK(same_uniforms);
}

/// Numbers whose logarithms are hard, and many between them: each as the u of which 1 − u is that.
std::vector<double> fractions() {
  std::vector<double> result{0x1p-53, 0x1p-52, 3 * 0x1p-53, 0.25, 0.5, 1.0 - 0x1p-53, 1.0 - 0x1p-52, 1.0};
  for (const double near : {0x1.6a09e667f3bcdp-1, 0x1.6a09e667f3bcdp-2, 0.5, 0x1p-30})
    for (int i = -3; i <= 3; ++i) result.push_back(near + i * 0x1p-53);
  Rng rng{21};
  for (int i = 0; i < 20'000; ++i) {
    result.push_back(1.0 - rng.uniform());
    result.push_back(1.0 - rng.uniform() * 0x1p-20);
    result.push_back(std::ldexp(std::ceil(0x1p30 * rng.uniform()), -53) + 0x1p-53);
  }
  return result;
}

}  // namespace

TEST_CASE("Random numbers are the same bits with every instruction set, wherever they begin") {
  for (const Isa isa : kernels::all_isas) {
    if (!kernels::is_supported(isa)) continue;
    CAPTURE(kernels::name_of(isa));
    const RandomKernels& table = random_kernels(isa);
    for (const std::uint64_t word : {0ull, 1ull, 2ull, 3ull, 4ull, 1023ull, (1ull << 34) - 6, (1ull << 40) + 5}) {
      for (const std::size_t pairs : {0, 1, 2, 7, 8, 9, 63, 64, 65, 200}) {
        CAPTURE(word, pairs);
        check_loops(table.f32, {seed, stream, word}, pairs);
        check_loops(table.f64, {seed, stream, word}, pairs);
      }
    }
  }
}

TEST_CASE("Random words are those of successive blocks of Philox with every instruction set") {
  for (const Isa isa : kernels::all_isas) {
    if (!kernels::is_supported(isa)) continue;
    for (const std::uint64_t counter : {0ull, 5ull, (1ull << 32) - 3, ~0ull - 20}) {
      std::array<std::uint32_t, 4 * blocks_at_once> words;
      random_kernels(isa).words(seed, stream, counter, words.data());
      for (std::size_t i = 0; i < words.size(); ++i) CHECK(words[i] == philox(seed, counter + i / 4, stream)[i % 4]);
    }
  }
}

TEST_CASE("A uniform number is made of the upper bits of its words alone") {
  CHECK(uniform_of(0, 0) == 0.0);
  CHECK(uniform_of(~0ull, ~0ull) == 1.0 - 0x1p-53);
  CHECK(uniform_of(0xabcd'0000'001f, 0xabcd'0000'003f) == 0.0);
  CHECK(uniform_of(0x20, 0x40) == 0x1p-27 + 0x1p-53);
  CHECK(uniform_of(0x80000000, 0) == 0.5);
}

TEST_CASE("The logarithm that normal numbers are made with is right to 1 ulp") {
  double worst = 0.0;
  for (const double x : fractions()) {
    const long double exact = std::log(static_cast<long double>(x));
    const double size = std::fabs(static_cast<double>(exact));
    const double ulp = std::nextafter(size, 1e300) - size;
    worst = std::max(worst, static_cast<double>(std::fabs(log_of_fraction(x) - exact)) / ulp);
  }
  CHECK(log_of_fraction(1.0) == 0.0);
  CHECK(worst < 1.0);
}

TEST_CASE("The points that normal numbers are made with lie on the circle, to 2^-52") {
  Rng rng{22};
  for (int i = 0; i < 40'000; ++i) {
    // The eighths of a turn, where quadrants begin and end, and what is beside them.
    const double eighth = i % 8 / 8.0 + (i % 3 - 1) * 0x1p-53;
    const double turns = i < 100 ? std::max(0.0, eighth) : rng.uniform();
    const long double angle = 2.0L * std::numbers::pi_v<long double> * turns;
    const SineCosine got = sine_cosine_of_turns(turns);
    REQUIRE(std::fabs(got.sine - std::sin(angle)) < 0x1p-52L);
    REQUIRE(std::fabs(got.cosine - std::cos(angle)) < 0x1p-52L);
  }
}

TEST_CASE("A pair of normal numbers is finite at both ends of the uniform ones") {
  const double last = 1.0 - 0x1p-53;
  for (const double v : {0.0, 0.125, 0.25, 0.5, 0.75, last}) {
    const NormalPair least = normal_pair(0.0, v), largest = normal_pair(last, v);
    CHECK(least.first == 0.0);
    CHECK(least.second == 0.0);
    CHECK(std::hypot(largest.first, largest.second) == Approx(std::sqrt(106.0 * std::numbers::ln2)).epsilon(1e-15));
  }
}
