// The reduction kernels, against sums in long double, on every instruction set of this processor.

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <capstan/kernels/fold/fold.hpp>
#include <capstan/tensor/format.hpp>
#include <capstan/tensor/rng.hpp>

#include "catch.hpp"

using namespace capstan;
using namespace capstan::kernels;

namespace {

/// An array with its memory: `first` is where element (0, …, 0) lies.
template <class T>
struct Input {
  std::vector<T> memory;
  std::int64_t first = 0;
  Shape shape;
  Strides strides;

  Array array() { return {memory.data() + first, dtype_of<T>(), shape, strides}; }
};

/// An array whose every element has its own place, whatever the signs of the strides.
template <class T>
Input<T> make_input(const Shape& shape, const Strides& strides, Rng& rng) {
  Input<T> input{{}, 0, shape, strides};
  std::int64_t low = 0, high = 0;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    const std::int64_t reach = (shape[i] - 1) * strides[i];
    (reach < 0 ? low : high) += shape[i] == 0 ? 0 : reach;
  }
  input.first = -low;
  input.memory.resize(static_cast<std::size_t>(high - low + 1));
  for (T& x : input.memory) x = static_cast<T>(rng.normal());
  return input;
}

/// Calls f(offset in x, position in y) for every element of x.
template <class F>
void for_elements(const Shape& shape, const Strides& strides, std::uint32_t axes, F f) {
  std::vector<std::int64_t> position(shape.rank(), 0);
  for (std::int64_t n = shape.elements(); n > 0; --n) {
    std::int64_t offset = 0, out = 0;
    for (std::size_t i = 0; i < shape.rank(); ++i) {
      offset += position[i] * strides[i];
      if ((axes >> i & 1u) == 0) out = out * shape[i] + position[i];
    }
    f(offset, out);
    for (std::size_t i = shape.rank(); i-- > 0;) {
      if (++position[i] < shape[i]) break;
      position[i] = 0;
    }
  }
}

Shape without(const Shape& shape, std::uint32_t axes) {
  std::vector<std::int64_t> extents;
  for (std::size_t i = 0; i < shape.rank(); ++i) {
    if ((axes >> i & 1u) == 0) extents.push_back(shape[i]);
  }
  return Shape(extents);
}

constexpr unsigned char untouched = 0xA5;

/// What the kernel gives; checks that it writes its output and its scratch and nothing around them.
template <class T>
std::vector<T> reduced(Fold fold, Input<T>& x, std::uint32_t axes, T divisor, Isa isa, int threads = 1) {
  const Shape shape = without(x.shape, axes);
  const auto count = static_cast<std::size_t>(shape.elements());
  std::vector<T> out(count + 2, T(-77));
  Array y{out.data() + 1, dtype_of<T>(), shape, row_major(shape)};
  const Folding folding{&fold_kernels(fold, dtype_of<T>(), isa), axes, divisor};
  const std::size_t bytes = reduce_scratch(folding, x.array(), y, threads);
  std::vector<unsigned char> scratch(bytes + 64, untouched);
  reduce(folding, x.array(), y, scratch.data(), threads);
  for (std::size_t i = bytes; i < scratch.size(); ++i) REQUIRE(scratch[i] == untouched);
  REQUIRE(out.front() == T(-77));
  REQUIRE(out.back() == T(-77));
  return {out.begin() + 1, out.end() - 1};
}

template <class T>
void check_sum(Input<T>& x, std::uint32_t axes, Isa isa) {
  const auto count = static_cast<std::size_t>(without(x.shape, axes).elements());
  std::vector<long double> sums(count, 0.0L), sizes(count, 0.0L);
  for_elements(x.shape, x.strides, axes, [&](std::int64_t offset, std::int64_t out) {
    const auto value = static_cast<long double>(x.memory[static_cast<std::size_t>(x.first + offset)]);
    sums[static_cast<std::size_t>(out)] += value;
    sizes[static_cast<std::size_t>(out)] += std::fabs(value);
  });
  const std::vector<T> given = reduced(Fold::sum, x, axes, T(1), isa);
  // A leaf of the tree adds at most 64 numbers one after the other, then come the lanes and the tree.
  const double terms = 64 + 8 + std::log2(1.0 + static_cast<double>(x.shape.elements()));
  for (std::size_t i = 0; i < count; ++i) {
    const double bound =
        terms * static_cast<double>(std::numeric_limits<T>::epsilon()) / 2 * static_cast<double>(sizes[i]);
    INFO("output " << i);
    REQUIRE(std::fabs(static_cast<double>(static_cast<long double>(given[i]) - sums[i])) <= bound);
  }
}

template <class T>
void check_choice(Fold fold, Input<T>& x, std::uint32_t axes, Isa isa) {
  const auto count = static_cast<std::size_t>(without(x.shape, axes).elements());
  std::vector<T> chosen(count);
  std::vector<char> seen(count, 0);
  for_elements(x.shape, x.strides, axes, [&](std::int64_t offset, std::int64_t out) {
    const T value = x.memory[static_cast<std::size_t>(x.first + offset)];
    T& best = chosen[static_cast<std::size_t>(out)];
    char& any = seen[static_cast<std::size_t>(out)];
    const bool better = fold == Fold::max ? value > best : value < best;
    if (any == 0 || std::isnan(value) || (better && !std::isnan(best))) best = value;
    any = 1;
  });
  const std::vector<T> given = reduced(fold, x, axes, T(1), isa);
  for (std::size_t i = 0; i < count; ++i) {
    INFO("output " << i);
    REQUIRE((given[i] == chosen[i] || (std::isnan(given[i]) && std::isnan(chosen[i]))));
  }
}

struct Case {
  Shape shape;
  Strides strides;
};

const std::vector<Case>& cases() {
  static const std::vector<Case> all{
      {{}, {}},
      {{1}, {1}},
      {{7}, {1}},
      {{16}, {1}},
      {{129}, {1}},
      {{2048}, {1}},
      {{2049}, {1}},
      {{20000}, {1}},
      {{300}, {3}},
      {{300}, {-1}},
      {{5000}, {-2}},
      {{40}, {0}},
      {{3, 5}, {5, 1}},
      {{3, 5}, {1, 3}},
      {{130, 66}, {66, 1}},
      {{66, 130}, {1, 66}},
      {{70, 700}, {700, 1}},
      {{700, 3}, {3, 1}},
      {{3, 2100}, {2100, 1}},
      {{40, 33}, {132, 2}},
      {{40, 33}, {-40, 1}},
      {{40, 33}, {0, 1}},
      {{40, 33}, {1, 0}},
      {{1, 50, 1}, {50, 1, 1}},
      {{5, 9, 17}, {153, 17, 1}},
      {{5, 9, 17}, {1, 85, 5}},
      {{5, 9, 17}, {17, 0, 1}},
      {{5, 9, 17}, {306, 34, -2}},
      {{4, 3, 10, 20}, {600, 200, 20, 1}},
      {{2, 2, 2, 2, 2, 2, 2, 3}, {192, 96, 48, 24, 12, 6, 3, 1}},
  };
  return all;
}

/// Calls f(case, axes) for every case and every set of its axes.
template <class F>
void for_cases(F f) {
  for (const Case& c : cases()) {
    for (std::uint32_t axes = 0; axes < (1u << c.shape.rank()); ++axes) {
      INFO("shape " << to_string(c.shape) << ", axes as bits " << axes);
      f(c, axes);
    }
  }
}

template <class F>
void for_isas(F f) {
  for (const Isa isa : all_isas) {
    if (!is_supported(isa)) continue;
    INFO("instruction set " << name_of(isa));
    f(isa);
  }
}

}  // namespace

TEMPLATE_TEST_CASE("reduce sums along any axes of any strides as long double does", "", float, double) {
  for_isas([](Isa isa) {
    Rng rng{11};
    for_cases([&](const Case& c, std::uint32_t axes) {
      Input<TestType> x = make_input<TestType>(c.shape, c.strides, rng);
      check_sum(x, axes, isa);
    });
  });
}

TEMPLATE_TEST_CASE("reduce finds the largest and the smallest along any axes of any strides", "", float, double) {
  for_isas([](Isa isa) {
    Rng rng{12};
    for_cases([&](const Case& c, std::uint32_t axes) {
      Input<TestType> x = make_input<TestType>(c.shape, c.strides, rng);
      check_choice(Fold::max, x, axes, isa);
      check_choice(Fold::min, x, axes, isa);
    });
  });
}

TEMPLATE_TEST_CASE("reduce lets NaN win wherever it lies, and takes infinities for what they are", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for_isas([](Isa isa) {
    Rng rng{13};
    for (const Case& c : {Case{{67}, {1}}, Case{{9, 40}, {40, 1}}, Case{{300}, {3}}}) {
      for (int trial = 0; trial < 40; ++trial) {
        Input<TestType> x = make_input<TestType>(c.shape, c.strides, rng);
        for (const TestType special : {Limits::quiet_NaN(), Limits::infinity(), -Limits::infinity()}) {
          x.memory[rng.below(x.memory.size())] = special;
        }
        for (std::uint32_t axes = 0; axes < (1u << c.shape.rank()); ++axes) {
          check_choice(Fold::max, x, axes, isa);
          check_choice(Fold::min, x, axes, isa);
        }
      }
    }
  });
}

TEMPLATE_TEST_CASE("reduce sums infinities and NaN as arithmetic has it", "", float, double) {
  using Limits = std::numeric_limits<TestType>;
  for_isas([](Isa isa) {
    for (const std::int64_t n : {3, 17, 200, 5000}) {
      for (std::int64_t at = 0; at < n; at += 1 + n / 7) {
        std::vector<TestType> memory(static_cast<std::size_t>(n), TestType(1));
        TestType sum = 0;
        const Array x{memory.data(), dtype_of<TestType>(), Shape{n}, Strides{1}};
        const Array y{&sum, dtype_of<TestType>(), Shape{}, Strides{}};
        memory[static_cast<std::size_t>(at)] = Limits::infinity();
        reduce({&fold_kernels(Fold::sum, dtype_of<TestType>(), isa), 1}, x, y, nullptr);
        REQUIRE(sum == Limits::infinity());
        memory[static_cast<std::size_t>((at + n / 2) % n)] = -Limits::infinity();
        reduce({&fold_kernels(Fold::sum, dtype_of<TestType>(), isa), 1}, x, y, nullptr);
        REQUIRE(std::isnan(sum));
      }
    }
  });
}

TEMPLATE_TEST_CASE("reduce of nothing is 0, and NaN as a mean", "", float, double) {
  for_isas([](Isa isa) {
    Rng rng{14};
    Input<TestType> x = make_input<TestType>({3, 0, 4}, {0, 4, 1}, rng);
    for (const TestType sum : reduced(Fold::sum, x, 0b010u, TestType(1), isa)) REQUIRE(sum == 0);
    for (const TestType mean : reduced(Fold::sum, x, 0b010u, TestType(0), isa)) REQUIRE(std::isnan(mean));
    REQUIRE(reduced(Fold::sum, x, 0b101u, TestType(1), isa).empty());
    REQUIRE(reduced(Fold::max, x, 0b001u, TestType(1), isa).empty());
    REQUIRE(reduced(Fold::sum, x, 0b111u, TestType(1), isa) == std::vector<TestType>{0});
  });
}

TEMPLATE_TEST_CASE("reduce divides by its divisor", "", float, double) {
  for_isas([](Isa isa) {
    Input<TestType> x{{1, 2, 3, 4, 5, 6}, 0, {2, 3}, {3, 1}};
    REQUIRE(reduced(Fold::sum, x, 0b10u, TestType(3), isa) == std::vector<TestType>{2, 5});
    REQUIRE(reduced(Fold::sum, x, 0b01u, TestType(2), isa) == std::vector<TestType>{2.5, 3.5, 4.5});
  });
}

TEST_CASE("reduce keeps the error of a long float sum small") {
  for_isas([](Isa isa) {
    std::vector<float> memory(1'000'000, 0.1f);
    float sum = 0;
    const Array x{memory.data(), DType::f32, Shape{1'000'000}, Strides{1}};
    reduce({&fold_kernels(Fold::sum, DType::f32, isa), 1}, x, Array{&sum, DType::f32, Shape{}, Strides{}}, nullptr);
    const double exact = 1e6 * static_cast<double>(0.1f);
    REQUIRE(std::fabs(static_cast<double>(sum) - exact) / exact < 1e-6);  // one after the other: 1e-2
  });
}

TEMPLATE_TEST_CASE("a large reduction in parts gives the bits of the whole", "", float, double) {
  struct Large {
    Shape shape;
    Strides strides;
    std::uint32_t axes;
  };
  Rng rng{17};
  for (const auto& [shape, strides, axes] :
       {Large{{300'001}, {1}, 1}, Large{{300'001}, {-2}, 1}, Large{{3, 200'000}, {200'000, 1}, 2},
        Large{{200'000, 3}, {3, 1}, 1}, Large{{90'000, 5}, {7, 1}, 1}, Large{{1, 400'000}, {1, 1}, 2},
        Large{{600, 700}, {700, 1}, 1}, Large{{600, 700}, {700, 1}, 2}, Large{{600, 700}, {1, 600}, 1},
        Large{{2, 700, 300}, {210'000, 300, 1}, 5}, Large{{2, 700, 300}, {210'000, 300, 1}, 2},
        Large{{300, 40, 30}, {1, 9'001, 300}, 6}, Large{{500, 3, 300}, {900, 300, 1}, 4}}) {
    Input<TestType> x = make_input<TestType>(shape, strides, rng);
    for (const Isa isa : all_isas) {
      if (!is_supported(isa)) continue;
      const std::vector<TestType> whole = reduced(Fold::sum, x, axes, TestType(3), isa);
      for (const int threads : {2, 7}) {
        INFO(to_string(shape) << ", axes " << axes << ", " << threads << " threads, " << name_of(isa));
        CHECK(reduced(Fold::sum, x, axes, TestType(3), isa, threads) == whole);
      }
    }
  }
}
