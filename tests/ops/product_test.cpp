// The product kernels, against sums in long double, on every instruction set of this processor.
#include "kernels/product.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <fmt/core.h>

#include <capstan/graph/rng.hpp>
#include <capstan/graph/tensor.hpp>

#include "catch.hpp"

using namespace capstan;
using namespace capstan::kernels;

namespace {

enum class Lies { by_rows, by_columns, spread, backwards, one_row, one_column };
constexpr std::array all_layouts = {Lies::by_rows,   Lies::by_columns, Lies::spread,
                                    Lies::backwards, Lies::one_row,    Lies::one_column};

/// A matrix in memory that is NaN wherever it has no element, so that a kernel that uses such a place is found out.
template <class T>
struct Operand {
  std::vector<T> memory;
  Matrix<const T> matrix;

  T at(std::int64_t i, std::int64_t j) const { return matrix.data[i * matrix.row_stride + j * matrix.column_stride]; }
};

template <class T>
Operand<T> operand(std::int64_t rows, std::int64_t columns, Lies lies, Rng& rng) {
  std::int64_t row = columns + 3, column = 1;
  if (lies == Lies::by_columns) row = 1, column = rows + 3;
  if (lies == Lies::spread) row = 2 * columns + 1, column = 2;
  if (lies == Lies::backwards) row = -columns - 2, column = -1;
  if (lies == Lies::one_row) row = 0, column = 1;
  if (lies == Lies::one_column) row = 1, column = 0;
  const std::int64_t last = std::max<std::int64_t>(rows - 1, 0) * row + std::max<std::int64_t>(columns - 1, 0) * column;
  const std::int64_t size = std::abs(last) + 1, margin = 64, first = margin + (last < 0 ? -last : 0);
  Operand<T> result;
  result.memory.assign(static_cast<std::size_t>(size + 2 * margin), std::numeric_limits<T>::quiet_NaN());
  for (std::int64_t i = 0; i < rows; ++i) {
    for (std::int64_t j = 0; j < columns; ++j) {
      result.memory[static_cast<std::size_t>(first + i * row + j * column)] = static_cast<T>(rng.uniform() * 2.0 - 1.0);
    }
  }
  result.matrix = {result.memory.data() + first, rows, columns, row, column};
  return result;
}

template <class T>
Operand<T> row_major_copy(const Operand<T>& x) {
  Operand<T> copy;
  copy.memory.resize(static_cast<std::size_t>(x.matrix.rows * x.matrix.columns));
  copy.matrix = {copy.memory.data(), x.matrix.rows, x.matrix.columns, x.matrix.columns, 1};
  for (std::int64_t i = 0; i < x.matrix.rows; ++i) {
    for (std::int64_t j = 0; j < x.matrix.columns; ++j) {
      copy.memory[static_cast<std::size_t>(i * x.matrix.columns + j)] = x.at(i, j);
    }
  }
  return copy;
}

/// c with memory around and between its rows that must stay as it is.
template <class T>
struct Output {
  static constexpr T guard = T(-12345);
  static constexpr std::int64_t margin = 64, gap = 5;
  std::int64_t rows, columns;
  std::vector<T> memory;

  Output(std::int64_t m, std::int64_t n, T start) : rows{m}, columns{n} {
    memory.assign(static_cast<std::size_t>(m * (n + gap) + 2 * margin), guard);
    for (std::int64_t i = 0; i < m; ++i) std::fill_n(&at(i, 0), n, start);
  }

  T& at(std::int64_t i, std::int64_t j) { return memory[static_cast<std::size_t>(margin + i * (columns + gap) + j)]; }
  Matrix<T> matrix() { return {memory.data() + margin, rows, columns, columns + gap, 1}; }

  bool is_unharmed() const {
    for (std::size_t at = 0; at < memory.size(); ++at) {
      const std::int64_t place = static_cast<std::int64_t>(at) - margin;
      const bool inside = place >= 0 && place < rows * (columns + gap) && place % (columns + gap) < columns;
      if (!inside && memory[at] != guard) return false;
    }
    return true;
  }
};

/// Scratch of the size that is asked for, and whether more than that was written.
class Scratch {
 public:
  explicit Scratch(std::size_t bytes)
      : bytes_{bytes}, memory_{Tensor::empty({static_cast<std::int64_t>(bytes / 4) + 16})} {
    std::memset(memory_.raw(), 0x5A, bytes + 64);
  }
  void* data() const { return memory_.raw(); }
  bool is_unharmed() const {
    const auto* const end = static_cast<const unsigned char*>(memory_.raw()) + bytes_;
    return std::all_of(end, end + 64, [](unsigned char c) { return c == 0x5A; });
  }

 private:
  std::size_t bytes_;
  Tensor memory_;
};

template <class T>
Output<T> run(Isa isa, const Operand<T>& a, const Operand<T>& b, bool accumulate, T start) {
  const std::int64_t m = a.matrix.rows, n = b.matrix.columns, k = a.matrix.columns;
  Output<T> c{m, n, start};
  const Scratch scratch{product_scratch_bytes(m, n, k, dtype_of<T>())};
  product(isa, a.matrix, b.matrix, c.matrix(), accumulate, scratch.data());
  REQUIRE(scratch.is_unharmed());
  REQUIRE(c.is_unharmed());
  return c;
}

/// The largest error in c, as a part of what is allowed.
template <class T>
double worst_error(const Operand<T>& a, const Operand<T>& b, Output<T>& c, T start) {
  double worst = 0.0;
  const auto k = static_cast<double>(a.matrix.columns);
  for (std::int64_t i = 0; i < c.rows; ++i) {
    for (std::int64_t j = 0; j < c.columns; ++j) {
      long double sum = start, magnitude = std::abs(start);
      for (std::int64_t p = 0; p < a.matrix.columns; ++p) {
        const long double term = static_cast<long double>(a.at(i, p)) * b.at(p, j);
        sum += term;
        magnitude += std::abs(term);
      }
      const double allowed = k * std::numeric_limits<T>::epsilon() * static_cast<double>(magnitude);
      const double error = std::abs(static_cast<double>(c.at(i, j) - sum));
      if (!(error <= allowed)) worst = std::max(worst, allowed > 0.0 && error > 0.0 ? error / allowed : 1e300);
    }
  }
  return worst;
}

template <class T>
bool have_same_bits(Output<T>& x, Output<T>& y) {
  for (std::int64_t i = 0; i < x.rows; ++i) {
    if (std::memcmp(&x.at(i, 0), &y.at(i, 0), static_cast<std::size_t>(x.columns) * sizeof(T)) != 0) return false;
  }
  return true;
}

struct Sizes {
  std::int64_t m, n, k;
};

/// One product, with and without adding to what is there; against long double, and against row-major copies.
template <class T>
void check(Isa isa, const Sizes& s, Lies a_lies, Lies b_lies, Rng& rng) {
  INFO(fmt::format("{}, {}: ({}, {}) · ({}, {}), layouts {} and {}", name_of(isa), name_of(dtype_of<T>()), s.m, s.k,
                   s.k, s.n, static_cast<int>(a_lies), static_cast<int>(b_lies)));
  const Operand<T> a = operand<T>(s.m, s.k, a_lies, rng), b = operand<T>(s.k, s.n, b_lies, rng);
  const Operand<T> a_copy = row_major_copy(a), b_copy = row_major_copy(b);
  Output<T> written = run<T>(isa, a, b, false, std::numeric_limits<T>::quiet_NaN());
  CHECK(worst_error<T>(a, b, written, T(0)) == 0.0);
  Output<T> of_copies = run<T>(isa, a_copy, b_copy, false, T(0));
  CHECK(have_same_bits(written, of_copies));
  Output<T> added = run<T>(isa, a, b, true, T(0.75));
  CHECK(worst_error<T>(a, b, added, T(0.75)) == 0.0);
  Output<T> copies_added = run<T>(isa, a_copy, b_copy, true, T(0.75));
  CHECK(have_same_bits(added, copies_added));
}

std::vector<Isa> supported() {
  std::vector<Isa> isas;
  std::copy_if(std::begin(all_isas), std::end(all_isas), std::back_inserter(isas), is_supported);
  return isas;
}

Lies any_layout(Rng& rng) { return all_layouts[static_cast<std::size_t>(rng.uniform() * 5.999)]; }

}  // namespace

TEMPLATE_TEST_CASE("a product is right to k roundings for every size up to 70", "", float, double) {
  constexpr std::uint64_t seed = 20;
  INFO("seed " << seed);
  Rng rng{seed};
  const auto size = [&rng] { return static_cast<std::int64_t>(rng.uniform() * 70.999); };
  for (const Isa isa : supported()) {
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
  for (const Isa isa : supported()) {
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
  for (const Isa isa : supported()) {
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
  for (const Isa isa : supported()) {
    for (const std::int64_t k : around_depth) check<TestType>(isa, {9, 33, k}, any_layout(rng), any_layout(rng), rng);
    for (const std::int64_t n : around_breadth) check<TestType>(isa, {17, n, 7}, any_layout(rng), any_layout(rng), rng);
    for (const std::int64_t m : {28, 30, 31, 70, 71, 85}) {
      check<TestType>(isa, {m, 40, 21}, any_layout(rng), any_layout(rng), rng);
    }
    check<TestType>(isa, {75, 260, 520}, any_layout(rng), any_layout(rng), rng);
  }
}

TEMPLATE_TEST_CASE("a product with one row or one column is right whatever the layout", "", float, double) {
  Rng rng{23};
  for (const Isa isa : supported()) {
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
  for (const Isa isa : supported()) {
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
  for (const Isa isa : supported()) {
    for (const Lies lies : {Lies::by_rows, Lies::by_columns}) {
      for (const Sizes& s : {Sizes{37, 1, 9000}, Sizes{9000, 1, 83}}) {
        INFO(
            fmt::format("{}, {}: ({}, {}), layout {}", name_of(isa), name_of(dtype), s.m, s.k, static_cast<int>(lies)));
        const auto a = operand<TestType>(s.m, s.k, lies, rng), x = operand<TestType>(s.k, 1, Lies::one_column, rng);
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

TEMPLATE_TEST_CASE("matrices far apart in memory are packed and give the same bits", "", float, double) {
  Rng rng{24};
  constexpr std::int64_t rows = 23, columns = 70, k = 5, apart = 20000;
  std::vector<TestType> memory(static_cast<std::size_t>(k * apart));
  for (TestType& x : memory) x = static_cast<TestType>(rng.normal());
  Operand<TestType> a;
  a.matrix = {memory.data(), rows, k, 1, apart};
  const Operand<TestType> b = operand<TestType>(k, columns, Lies::by_rows, rng);
  for (const Isa isa : supported()) {
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
  Operand<TestType> a;
  a.matrix = {memory.data(), rows, k, apart, 1};
  const Operand<TestType> b = operand<TestType>(k, columns, Lies::by_rows, rng);
  for (const Isa isa : supported()) {
    Output<TestType> apart_ones = run<TestType>(isa, a, b, false, TestType(0));
    Output<TestType> close_ones = run<TestType>(isa, row_major_copy(a), b, false, TestType(0));
    CHECK(worst_error<TestType>(a, b, apart_ones, TestType(0)) == 0.0);
    CHECK(have_same_bits(apart_ones, close_ones));
  }
}

TEMPLATE_TEST_CASE("sums that round to -0 do so along rows and down columns alike", "", float, double) {
  const TestType tiny = std::numeric_limits<TestType>::min();
  Rng rng{28};
  for (const Isa isa : supported()) {
    Operand<TestType> a = operand<TestType>(9, 131, Lies::by_columns, rng);
    for (TestType& x : a.memory) x = -tiny;
    Operand<TestType> b = operand<TestType>(131, 1, Lies::by_rows, rng);
    for (TestType& x : b.memory) x = tiny;
    Output<TestType> down = run<TestType>(isa, a, b, false, TestType(1));
    Output<TestType> along = run<TestType>(isa, row_major_copy(a), b, false, TestType(1));
    CHECK(have_same_bits(down, along));
    if (isa != Isa::portable) CHECK(std::signbit(down.at(0, 0)));  // those round once: −tiny² + 0
  }
}

TEMPLATE_TEST_CASE("NaN and infinity go through a product, and stay in their row and column", "", float, double) {
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  Rng rng{25};
  for (const Isa isa : supported()) {
    for (const std::int64_t n : {1, 20}) {
      for (const std::int64_t k : {6, 150}) {
        Operand<TestType> a = operand<TestType>(18, k, Lies::by_rows, rng);
        Operand<TestType> b = operand<TestType>(k, n, Lies::by_rows, rng);
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
  for (const Isa isa : supported()) {
    const auto a = operand<TestType>(5, 0, Lies::by_rows, rng), b = operand<TestType>(0, 7, Lies::by_rows, rng);
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
  const auto a = operand<TestType>(20, 90, Lies::by_rows, rng), b = operand<TestType>(90, 40, Lies::by_columns, rng);
  Output<TestType> named = run<TestType>(chosen_isa(), a, b, false, TestType(0)), unnamed{20, 40, TestType(0)};
  const Scratch scratch{product_scratch_bytes(20, 40, 90, dtype_of<TestType>())};
  product(a.matrix, b.matrix, unnamed.matrix(), false, scratch.data());
  CHECK(have_same_bits(named, unnamed));
}
