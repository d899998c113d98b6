#include <capstan/tensor/rng.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <random>
#include <set>
#include <vector>

#include <capstan/tensor/tensor.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"
#include "threads.hpp"

using namespace capstan;

namespace {

using Block = std::array<std::uint32_t, 4>;

}  // namespace

// The known answers that the authors of Philox publish with Random123, for philox4x32-10.
TEST_CASE("Philox gives the numbers that its authors publish") {
  CHECK(philox(0, 0, 0) == Block{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(philox(~0ull, ~0ull, ~0ull) == Block{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox(0x299f31d0a4093822, 0x85a308d3243f6a88, 0x0370734413198a2e) ==
        Block{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("An Rng gives the words of successive blocks of its seed and stream") {
  Rng rng{17, 5};
  for (std::uint64_t counter = 0; counter < 3; ++counter)
    for (const std::uint32_t word : philox(17, counter, 5)) CHECK(rng.bits() == word);
  CHECK(rng.seed() == 17);
}

TEST_CASE("std::shuffle and the distributions of the standard library take an Rng") {
  static_assert(std::uniform_random_bit_generator<Rng>);
  Rng a{3}, b{3};
  for (int i = 0; i < 5; ++i) CHECK(a() == b.bits());
  std::vector<int> numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
  std::shuffle(numbers.begin(), numbers.end(), a);
  CHECK(a.position() > b.position());
  std::ranges::sort(numbers);
  CHECK(numbers.front() == 0);
  CHECK(std::ranges::adjacent_find(numbers) == numbers.end());
}

TEST_CASE("The same seed gives the same numbers, and another seed or stream gives others") {
  Rng a{3}, b{3}, other_seed{4}, other_stream{3, 1};
  unsigned alike_seed = 0, alike_stream = 0;
  for (int i = 0; i < 100; ++i) {
    const std::uint32_t word = a.bits();
    CHECK(word == b.bits());
    alike_seed += word == other_seed.bits();
    alike_stream += word == other_stream.bits();
  }
  CHECK(alike_seed == 0);
  CHECK(alike_stream == 0);
}

TEST_CASE("A copy of an Rng goes on as the original does") {
  Rng a{3};
  (void)a.normal();  // leaves the second of a pair behind
  (void)a.bits();
  Rng b = a;
  for (int i = 0; i < 10; ++i) CHECK(a.normal() == b.normal());
}

TEST_CASE("Words that are discarded are those that would have been given") {
  for (const std::uint64_t before : {0, 1, 3, 4, 5}) {
    for (const std::uint64_t count : {0, 1, 2, 3, 4, 5, 8, 11, 1001}) {
      Rng a{9, 2};
      for (std::uint64_t i = 0; i < before; ++i) (void)a.bits();
      Rng b = a;
      for (std::uint64_t i = 0; i < count; ++i) (void)a.bits();
      b.discard(count);
      for (int i = 0; i < 9; ++i) CHECK(b.bits() == a.bits());
    }
  }
}

TEST_CASE("A tensor of random numbers has those that the Rng gives one by one, on any number of threads") {
  for (const int threads : {1, 3}) {
    const Threads limit{threads};
    for (const std::int64_t size : {0, 1, 2, 8192, 8193, 20'001}) {
      for (const int before : {0, 1, 2, 3}) {
        Rng a{5};
        for (int i = 0; i < before; ++i) (void)(before == 2 ? a.uniform() : a.normal());
        Rng b = a;
        const Tensor normal = Tensor::normal({size}, a, {.mean = 1.0, .stddev = 2.0, .dtype = DType::f64});
        const Tensor uniform = Tensor::uniform({size}, a, {.low = -1.0, .high = 3.0, .dtype = DType::f64});
        bool same = true;
        for (const double x : normal.data<double>()) same = same && x == 1.0 + 2.0 * b.normal();
        for (const double x : uniform.data<double>()) same = same && x == -1.0 + 4.0 * b.uniform();
        CHECK(same);
        CHECK(a.normal() == b.normal());
      }
    }
  }
}

TEST_CASE("Tensors that are drawn one after the other have the same numbers as one large tensor") {
  const auto draw = [](Rng& rng, std::int64_t size, bool is_normal) {
    return is_normal ? Tensor::normal({size}, rng, {.dtype = DType::f64})
                     : Tensor::uniform({size}, rng, {.dtype = DType::f64});
  };
  for (const bool is_normal : {false, true}) {
    for (const int before : {0, 1, 2, 3}) {
      Rng whole{6, 7}, pieces{6, 7};
      whole.discard(before);
      pieces.discard(before);
      const Tensor all = draw(whole, 20'000, is_normal);
      std::vector<double> drawn;
      for (std::int64_t size = 1; drawn.size() < 20'000; size = size * 3 % 4099) {
        const Tensor piece = draw(pieces, std::min<std::int64_t>(size, 20'000 - std::ssize(drawn)), is_normal);
        drawn.insert(drawn.end(), piece.data<double>().begin(), piece.data<double>().end());
      }
      CHECK(std::ranges::equal(all.data<double>(), drawn));
      CHECK(whole.bits() == pieces.bits());
    }
  }
}

TEST_CASE("Random tensors in f32 have the numbers of f64, rounded") {
  Rng a{8}, b{8};
  const Tensor narrow = Tensor::normal({1001}, a), wide = Tensor::normal({1001}, b, {.dtype = DType::f64});
  CHECK(std::ranges::equal(narrow.data<float>(), wide.data<double>(), {}, {},
                           [](double x) { return static_cast<float>(x); }));
}

TEST_CASE("A seed gives these numbers, on every processor") {
  Rng rng{1};
  CHECK(rng.normal() == -0x1.cdf76cf675ff5p+0);
  CHECK(rng.normal() == -0x1.140edf7876bc7p+0);
  CHECK(rng.uniform() == 0x1.58102837f1732p-1);
  CHECK(rng.position() == 6);
  CHECK(rng.bits() == 2042657351);
}

TEST_CASE("Uniform numbers lie between 0 and 1 with mean 1/2 and variance 1/12") {
  Rng rng{11};
  constexpr int n = 100'000;
  double sum = 0.0, squares = 0.0;
  for (int i = 0; i < n; ++i) {
    const double u = rng.uniform();
    REQUIRE((u >= 0.0 && u < 1.0));
    sum += u;
    squares += (u - 0.5) * (u - 0.5);
  }
  // Five standard errors.
  CHECK(std::fabs(sum / n - 0.5) < 5.0 * std::sqrt(1.0 / 12.0 / n));
  CHECK(std::fabs(squares / n - 1.0 / 12.0) < 5.0 * std::sqrt(1.0 / 180.0 / n));
}

TEST_CASE("Uniform numbers have 53 random bits") {
  Rng rng{12};
  std::uint64_t seen = 0;
  for (int i = 0; i < 1000; ++i) seen |= static_cast<std::uint64_t>(rng.uniform() * 0x1p53);
  CHECK(seen == (std::uint64_t{1} << 53) - 1);
}

TEST_CASE("Normal numbers have the moments of the standard normal distribution") {
  Rng rng{13};
  constexpr int n = 200'000;
  std::array<double, 5> moments{};
  double neighbours = 0.0, last = 0.0;
  int beyond_two = 0;
  for (int i = 0; i < n; ++i) {
    const double x = rng.normal();
    double power = 1.0;
    for (double& moment : moments) {
      moment += power / n;
      power *= x;
    }
    neighbours += x * last / n;
    last = x;
    beyond_two += std::fabs(x) > 2.0;
  }
  // Five standard errors; the variances of x, x², x³, x⁴ are 1, 2, 15, 96.
  const double unit = 5.0 / std::sqrt(n);
  CHECK(std::fabs(moments[1]) < unit);
  CHECK(std::fabs(moments[2] - 1.0) < unit * std::sqrt(2.0));
  CHECK(std::fabs(moments[3]) < unit * std::sqrt(15.0));
  CHECK(std::fabs(moments[4] - 3.0) < unit * std::sqrt(96.0));
  CHECK(std::fabs(neighbours) < unit);
  CHECK(std::fabs(beyond_two / double{n} - 0.0455) < unit * std::sqrt(0.0455));
}

TEST_CASE("Whole numbers below n are all equally likely") {
  Rng rng{14};
  constexpr std::uint64_t n = 7;
  constexpr int draws = 70'000;
  std::array<int, n> counts{};
  for (int i = 0; i < draws; ++i) {
    const std::uint64_t number = rng.below(n);
    REQUIRE(number < n);
    ++counts[number];
  }
  for (const int count : counts) CHECK(std::abs(count - draws / 7) < 5 * 93);  // a standard error is 93
}

TEST_CASE("Whole numbers below n keep to n at both ends of its range") {
  Rng rng{15};
  const std::uint64_t large = (std::uint64_t{1} << 63) + 1;  // the worst case for a remainder
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 100; ++i) {
    CHECK(rng.below(1) == 0);
    const std::uint64_t number = rng.below(large);
    CHECK(number < large);
    seen.insert(number);
  }
  CHECK(seen.size() == 100);
}
