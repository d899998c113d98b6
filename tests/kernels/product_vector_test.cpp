// Products with one row or one column, whole and in pieces.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <fmt/core.h>

#include "products.hpp"

using namespace products;

TEMPLATE_TEST_CASE("a product with one row or one column is right whatever the layout", "", float, double) {
  Rng rng{23};
  for (const Isa isa : supported_isas()) {
    for (const Lies a : all_layouts) {
      for (const Lies b : all_layouts) {
        for (const std::int64_t other : {1, 7, 30}) {
          for (const std::int64_t k : {1, 63, 200}) {
            check<TestType>(isa, {1, other, k}, a, b, rng);
            check<TestType>(isa, {other, 1, k}, a, b, rng);
          }
        }
      }
    }
    for (const Lies lies : all_layouts) {
      check<TestType>(isa, {1100, 1, 141}, lies, any_layout(rng), rng);
      check<TestType>(isa, {1, 1100, 141}, any_layout(rng), lies, rng);
      check<TestType>(isa, {250, 1, 141}, lies, any_layout(rng), rng);
      check<TestType>(isa, {800, 1, 141}, lies, any_layout(rng), rng);
      check<TestType>(isa, {9, 1, 1201}, lies, any_layout(rng), rng);
    }
  }
}

TEMPLATE_TEST_CASE("a product of a row or a column is right across the stretches of a long sum", "", float, double) {
  Rng rng{31};
  for (const Isa isa : supported_isas()) {
    for (const Lies lies : all_layouts) {
      for (const std::int64_t k : {vector_stretch, vector_stretch + 1, 2 * vector_stretch + 37}) {
        check<TestType>(isa, {3, 1, k}, lies, any_layout(rng), rng);
        check<TestType>(isa, {1, 19, k}, any_layout(rng), lies, rng);
      }
    }
    check<TestType>(isa, {1, 1100, vector_stretch + 5}, Lies::by_rows, Lies::by_rows, rng);
  }
}

TEMPLATE_TEST_CASE("a product of a matrix and a vector made in pieces has the bits of the whole", "", float, double) {
  Rng rng{32};
  const DType dtype = dtype_of<TestType>();
  for (const Isa isa : supported_isas()) {
    for (const Lies lies : {Lies::by_rows, Lies::by_columns}) {
      for (const Sizes& s : {Sizes{37, 1, 9000}, Sizes{9000, 1, 83}}) {
        INFO(
            fmt::format("{}, {}: ({}, {}), layout {}", name_of(isa), name_of(dtype), s.m, s.k, static_cast<int>(lies)));
        const auto a = factor<TestType>(s.m, s.k, lies, rng), x = factor<TestType>(s.k, 1, Lies::one_column, rng);
        Output<TestType> whole = run<TestType>(isa, a, x, false, TestType(0));
        const Matrix<const TestType>& m = a.matrix;
        const auto v = matrix_vector(isa, {m.data, m.rows, m.columns, m.row_stride, m.column_stride}, 1, dtype).value();
        const Scratch scratch{v.scratch_bytes}, sums{v.sums_bytes};
        std::vector<TestType> made(static_cast<std::size_t>(s.m)), added(made.size()), stretch(made.size());
        for (std::int64_t first = 0; first < s.m; first += 48) {
          v.kernels->make(v, m.data, x.matrix.data, made.data(), first, std::min<std::int64_t>(48, s.m - first),
                          scratch.data());
        }
        for (std::int64_t first = 0; first < s.k; first += 64) {
          const std::int64_t count = std::min<std::int64_t>(64, s.k - first), end = first + count;
          v.kernels->add(v, m.data, x.matrix.data, first, count, sums.data());
          if (end % vector_stretch != 0 && end != s.k) continue;
          v.kernels->take(v, sums.data(), stretch.data());
          if (end <= vector_stretch) {
            added = stretch;
          } else {
            v.kernels->join(s.m, added.data(), stretch.data());
          }
        }
        CHECK(scratch.is_unharmed());
        CHECK(sums.is_unharmed());
        for (std::int64_t i = 0; i < s.m; ++i) {
          CHECK(made[static_cast<std::size_t>(i)] == whole.at(i, 0));
          CHECK(added[static_cast<std::size_t>(i)] == whole.at(i, 0));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("sums that round to -0 do so along rows and down columns alike", "", float, double) {
  const TestType tiny = std::numeric_limits<TestType>::min();
  Rng rng{28};
  for (const Isa isa : supported_isas()) {
    Factor<TestType> a = factor<TestType>(9, 131, Lies::by_columns, rng);
    for (TestType& x : a.memory) x = -tiny;
    Factor<TestType> b = factor<TestType>(131, 1, Lies::by_rows, rng);
    for (TestType& x : b.memory) x = tiny;
    Output<TestType> down = run<TestType>(isa, a, b, false, TestType(1));
    Output<TestType> along = run<TestType>(isa, row_major_copy(a), b, false, TestType(1));
    CHECK(have_same_bits(down, along));
    if (isa != Isa::portable) CHECK(std::signbit(down.at(0, 0)));  // those round once: −tiny² + 0
  }
}
