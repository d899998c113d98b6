// The product kernels, against sums in long double, on every instruction set of this processor.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "products.hpp"

using namespace products;

TEMPLATE_TEST_CASE("a product is right to k roundings for every size up to 70", "", float, double) {
  constexpr std::uint64_t seed = 20;
  INFO("seed " << seed);
  Rng rng{seed};
  const auto size = [&rng] { return static_cast<std::int64_t>(rng.uniform() * 70.999); };
  for (const Isa isa : supported_isas()) {
    for (int times = 0; times < 150; ++times) {
      const Sizes s{size(), size(), size()};
      check<TestType>(isa, s, any_layout(rng), any_layout(rng), rng);
    }
  }
}

TEMPLATE_TEST_CASE("a tiny product is right for every size up to 9 and around the sizes of tiles", "", float, double) {
  Rng rng{30};
  const auto of_size = [&rng](Isa isa, const Sizes& s) {
    for (const Lies a : {Lies::by_rows, Lies::by_columns}) {
      for (const Lies b : {Lies::by_rows, Lies::by_columns}) check<TestType>(isa, s, a, b, rng);
    }
  };
  for (const Isa isa : supported_isas()) {
    for (std::int64_t m = 1; m <= 9; ++m) {
      for (std::int64_t n = 1; n <= 9; ++n) {
        for (const std::int64_t k : {1, 2, 3, 8}) of_size(isa, {m, n, k});
      }
    }
    for (const std::int64_t m : {14, 15, 16, 17, 32, 33}) {
      for (const std::int64_t n : {15, 16, 17, 31, 33}) of_size(isa, {m, n, 4});
    }
    for (const std::int64_t size : {63, 64, 65}) {
      of_size(isa, {size, 5, 7});
      of_size(isa, {5, size, 7});
      of_size(isa, {5, 7, size});
      of_size(isa, {size, size, size});
    }
  }
}

TEMPLATE_TEST_CASE("a product does not depend on how its operands lie in memory", "", float, double) {
  Rng rng{21};
  for (const Isa isa : supported_isas()) {
    for (const Lies a : all_layouts) {
      for (const Lies b : all_layouts) {
        for (const Sizes& s : {Sizes{37, 70, 35}, Sizes{3, 19, 9}, Sizes{100, 9, 33}})
          check<TestType>(isa, s, a, b, rng);
      }
    }
  }
}

TEMPLATE_TEST_CASE("a product is right across the limits of its blocks", "", float, double) {
  Rng rng{22};
  const std::int64_t around_depth[] = {511, 513, 1025}, around_breadth[] = {255, 257, 321, 513};
  for (const Isa isa : supported_isas()) {
    for (const std::int64_t k : around_depth) check<TestType>(isa, {9, 33, k}, any_layout(rng), any_layout(rng), rng);
    for (const std::int64_t n : around_breadth) check<TestType>(isa, {17, n, 7}, any_layout(rng), any_layout(rng), rng);
    for (const std::int64_t m : {28, 30, 31, 70, 71, 85}) {
      check<TestType>(isa, {m, 40, 21}, any_layout(rng), any_layout(rng), rng);
    }
    check<TestType>(isa, {75, 260, 520}, any_layout(rng), any_layout(rng), rng);
  }
}

TEMPLATE_TEST_CASE("matrices far apart in memory are packed and give the same bits", "", float, double) {
  Rng rng{24};
  constexpr std::int64_t rows = 23, columns = 70, k = 5, apart = 20000;
  std::vector<TestType> memory(static_cast<std::size_t>(k * apart));
  for (TestType& x : memory) x = static_cast<TestType>(rng.normal());
  Factor<TestType> a;
  a.matrix = {memory.data(), rows, k, 1, apart};
  const Factor<TestType> b = factor<TestType>(k, columns, Lies::by_rows, rng);
  for (const Isa isa : supported_isas()) {
    Output<TestType> far = run<TestType>(isa, a, b, false, TestType(0));
    Output<TestType> near = run<TestType>(isa, row_major_copy(a), b, false, TestType(0));
    CHECK(worst_error<TestType>(a, b, far, TestType(0)) == 0.0);
    CHECK(have_same_bits(far, near));
  }
}

TEMPLATE_TEST_CASE("rows a multiple of 4 KB apart give the same bits as rows next to each other", "", float, double) {
  Rng rng{29};
  constexpr std::int64_t rows = 37, columns = 40, k = 21;
  constexpr auto apart = static_cast<std::int64_t>(4096 / sizeof(TestType));
  std::vector<TestType> memory(static_cast<std::size_t>(rows * apart));
  for (TestType& x : memory) x = static_cast<TestType>(rng.normal());
  Factor<TestType> a;
  a.matrix = {memory.data(), rows, k, apart, 1};
  const Factor<TestType> b = factor<TestType>(k, columns, Lies::by_rows, rng);
  for (const Isa isa : supported_isas()) {
    Output<TestType> apart_ones = run<TestType>(isa, a, b, false, TestType(0));
    Output<TestType> close_ones = run<TestType>(isa, row_major_copy(a), b, false, TestType(0));
    CHECK(worst_error<TestType>(a, b, apart_ones, TestType(0)) == 0.0);
    CHECK(have_same_bits(apart_ones, close_ones));
  }
}

TEMPLATE_TEST_CASE("NaN and infinity go through a product, and stay in their row and column", "", float, double) {
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  Rng rng{25};
  for (const Isa isa : supported_isas()) {
    for (const std::int64_t n : {1, 20}) {
      for (const std::int64_t k : {6, 150}) {
        Factor<TestType> a = factor<TestType>(18, k, Lies::by_rows, rng);
        Factor<TestType> b = factor<TestType>(k, n, Lies::by_rows, rng);
        const auto a_at = [&](std::int64_t i, std::int64_t p) -> TestType& {
          return a.memory[static_cast<std::size_t>(&a.matrix.data[i * a.matrix.row_stride + p] - a.memory.data())];
        };
        a_at(2, k - 1) = std::numeric_limits<TestType>::quiet_NaN();
        a_at(3, 0) = infinity;
        a_at(4, 1) = infinity, a_at(4, 2) = -infinity;
        for (std::int64_t p = 0; p < k; ++p) {
          for (std::int64_t j = 0; j < n; ++j) {
            TestType& x =
                b.memory[static_cast<std::size_t>(&b.matrix.data[p * b.matrix.row_stride + j] - b.memory.data())];
            x = std::abs(x) + TestType(0.5);
          }
        }
        Output<TestType> c = run<TestType>(isa, a, b, false, TestType(0));
        for (std::int64_t j = 0; j < n; ++j) {
          CHECK(std::isnan(c.at(2, j)));
          CHECK(c.at(3, j) == infinity);
          CHECK(std::isnan(c.at(4, j)));
          CHECK(std::isfinite(c.at(1, j)));
          CHECK(std::isfinite(c.at(5, j)));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("a product over nothing is zeros, or leaves what it would be added to", "", float, double) {
  Rng rng{26};
  for (const Isa isa : supported_isas()) {
    const auto a = factor<TestType>(5, 0, Lies::by_rows, rng), b = factor<TestType>(0, 7, Lies::by_rows, rng);
    Output<TestType> zeros = run<TestType>(isa, a, b, false, std::numeric_limits<TestType>::quiet_NaN());
    Output<TestType> kept = run<TestType>(isa, a, b, true, TestType(3));
    for (std::int64_t i = 0; i < 5; ++i) {
      for (std::int64_t j = 0; j < 7; ++j) {
        CHECK(zeros.at(i, j) == TestType(0));
        CHECK(kept.at(i, j) == TestType(3));
      }
    }
  }
}

TEMPLATE_TEST_CASE("a product runs with the chosen instruction set if none is named", "", float, double) {
  Rng rng{27};
  const auto a = factor<TestType>(20, 90, Lies::by_rows, rng), b = factor<TestType>(90, 40, Lies::by_columns, rng);
  Output<TestType> named = run<TestType>(chosen_isa(), a, b, false, TestType(0)), unnamed{20, 40, TestType(0)};
  const Scratch scratch{product_scratch_bytes(20, 40, 90, dtype_of<TestType>())};
  product(a.matrix, b.matrix, unnamed.matrix(), false, scratch.data());
  CHECK(have_same_bits(named, unnamed));
}
