// The errors of the elementary functions, in units in the last place, against the C library in long double; what the
// public headers state is what is checked here, for every instruction set that this processor has: over numbers of every
// exponent and either sign, infinities, NaN and the numbers at the ends of the format among them, and once more where
// the function is neither flat nor beyond the format.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "kernel_call.hpp"
#include "ulps.hpp"

using namespace capstan;

namespace {

struct Function {
  std::string_view name;
  Real (*exact)(Real);
  Range f32;
  Range f64;
  double worst;  ///< ulp
};

constexpr Range small{-8, 8};
const std::vector<double> attributes{0.5, 1.0};

/// Every elementwise op of one operand, at least once. What has options takes them from `attributes`.
const std::vector<Function>& functions() {
  static const std::vector<Function> table{
      {"abs", [](Real x) { return std::fabs(x); }, small, small, rounded},
      {"ceil", [](Real x) { return std::ceil(x); }, small, small, rounded},
      {"clamp", [](Real x) { return x < 0.5L ? 0.5L
                                    : x > 1  ? 1
                                             : x; }, small, small, rounded},
      {"cos", [](Real x) { return std::cos(x); }, {-3e6, 3e6}, {-3e6, 3e6}, 3},
      {"cut_log", [](Real x) { return std::log(x) < -100 ? -100 : std::log(x); }, {1e-45, 3.4e38}, {1e-50, 1e50}, 2},
      {"elu", [](Real x) { return x > 0 ? x : std::expm1(x) / 2; }, {-20, 20}, {-40, 40}, 3},
      {"erf", [](Real x) { return std::erf(x); }, {-5, 5}, {-7, 7}, 2},
      {"exp", [](Real x) { return std::exp(x); }, {-103.9, 88.7}, {-745, 709.7}, 2},
      {"expm1", [](Real x) { return std::expm1(x); }, {-20, 88.7}, {-40, 709.7}, 3},
      {"floor", [](Real x) { return std::floor(x); }, small, small, rounded},
      {"gelu",
       [](Real x) { return std::isinf(x) ? std::fmax(x, -0.0L) : x * std::erfc(-x * std::sqrt(0.5L)) / 2; },
       {-13.5, 8},
       {-38.5, 8},
       4},
      {"is_finite", [](Real x) { return std::isfinite(x) ? 1.0L : 0.0L; }, small, small, rounded},
      {"is_nan", [](Real x) { return std::isnan(x) ? 1.0L : 0.0L; }, small, small, rounded},
      {"leaky_relu", [](Real x) { return x > 0 ? x : x / 2; }, small, small, rounded},
      {"log", [](Real x) { return std::log(x); }, {1e-45, 3.4e38}, {5e-324, 1.7e308}, 2},
      {"log", [](Real x) { return std::log(x); }, {0.5, 2}, {0.5, 2}, 2},
      {"log1p", [](Real x) { return std::log1p(x); }, {-0.99999, 2}, {-0.99999, 2}, 2},
      {"log1p", [](Real x) { return std::log1p(x); }, {-0.99999, 3.4e38}, {-0.99999, 1.7e308}, 2},
      {"negate", [](Real x) { return -x; }, small, small, rounded},
      {"reciprocal", [](Real x) { return 1 / x; }, small, small, rounded},
      {"relu", [](Real x) { return x <= 0 ? 0 : x; }, small, small, rounded},
      {"round", [](Real x) { return std::nearbyint(x); }, small, small, rounded},
      {"sigmoid", [](Real x) { return 1 / (1 + std::exp(-x)); }, {-103, 20}, {-740, 40}, 3},
      {"sign", [](Real x) { return x > 0    ? 1
                                   : x < 0  ? -1
                                   : x == 0 ? 0
                                            : x; }, small, small, rounded},
      {"silu",
       [](Real x) { return std::isinf(x) ? std::fmax(x, -0.0L) : x / (1 + std::exp(-x)); },
       {-109, 20},
       {-752, 40},
       4},
      {"sin", [](Real x) { return std::sin(x); }, {-3e6, 3e6}, {-3e6, 3e6}, 3},
      {"softplus",
       [](Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); },
       {-103, 100},
       {-740, 700},
       3},
      {"sqrt", [](Real x) { return std::sqrt(x); }, {1e-45, 3.4e38}, {5e-324, 1.7e308}, rounded},
      {"square", [](Real x) { return x * x; }, small, small, rounded},
      {"tanh", [](Real x) { return std::tanh(x); }, {-12, 12}, {-22, 22}, 3},
  };
  return table;
}

/// The names of the kernels of one operand.
template <class... S>
std::set<std::string_view> unary_names(kernels::ElementwiseList<S...>) {
  std::set<std::string_view> names;
  (void(S::inputs == 1 ? names.insert(S::name) : std::pair{names.end(), false}), ...);
  return names;
}

/// Half of the points evenly spread over the range, half with evenly spread exponents, of either sign where the range
/// has both.
template <class T>
std::vector<T> grid(const Range& range, std::size_t points) {
  std::vector<T> x;
  const double top = std::max(std::abs(range.low), std::abs(range.high));
  const double bottom = range.low > 0 ? range.low : std::ldexp(top, -30);
  const double octaves = std::log2(top) - std::log2(bottom);
  for (std::size_t i = 0; i < points / 2; ++i) {
    const double part = (static_cast<double>(i) + 0.382) / static_cast<double>(points / 2);
    x.push_back(static_cast<T>(range.low + part * (range.high - range.low)));
    const double size = std::exp2(std::log2(bottom) + part * octaves);
    const double signed_size = range.low < 0 && i % 2 == 1 ? -size : size;
    x.push_back(static_cast<T>(std::clamp(signed_size, range.low, range.high)));
  }
  return x;
}

/// So many numbers that are evenly spread over the bit patterns of the format, and those at its ends.
template <class T>
std::vector<T> patterns(std::size_t points) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  std::vector<T> x = ends<T>();
  const Bits step = ~Bits{0} / static_cast<Bits>(points) | 1u;
  for (std::size_t i = 0; i < points; ++i) x.push_back(std::bit_cast<T>(static_cast<Bits>(i * step)));
  return x;
}

/// f(instruction set, errors) of a function at x.
template <class T, class F>
void for_each_isa(const Function& f, const std::vector<T>& x, const F& check) {
  std::vector<Real> exact;
  for (const T v : x) exact.push_back(f.exact(v));
  for (const kernels::Isa isa : supported_isas()) {
    const Errors e = errors(call<T>(f.name, isa, {x}, attributes), exact);
    INFO(f.name << " in " << name_of(dtype_of<T>()) << ", " << name_of(isa) << ": worst " << e.worst << ", mean "
                << e.mean << ", above 2 ulp " << e.large);
    CHECK(e.worst <= f.worst);
    check(e);
  }
}

template <class T>
void check_accuracy(const Function& f, const Range& range, std::size_t points) {
  for_each_isa(f, grid<T>(range, points), [](const Errors& e) {
    CHECK(e.mean <= 0.7);
    CHECK(e.large <= 0.01);
  });
}

template <class T>
void check_patterns(std::size_t points) {
  const std::vector<T> x = patterns<T>(points);
  std::string_view last;
  for (const Function& f : functions()) {
    if (f.name != last) for_each_isa(f, x, [](const Errors&) {});
    last = f.name;
  }
}

template <class T>
void check_pow(const Range& base, const Range& exponent, std::size_t points) {
  const std::vector<T> x = grid<T>(base, points);
  std::vector<T> y = grid<T>(exponent, points);
  std::vector<Real> exact;
  for (std::size_t i = 0; i < x.size(); ++i) std::swap(y[i], y[i * 7919 % y.size()]);
  for (std::size_t i = 0; i < x.size(); ++i)
    exact.push_back(std::pow(static_cast<Real>(x[i]), static_cast<Real>(y[i])));
  for (const kernels::Isa isa : supported_isas()) {
    const Errors e = errors(call<T>("pow", isa, {x, y}), exact);
    INFO("pow in " << name_of(dtype_of<T>()) << ", " << name_of(isa) << ": worst " << e.worst << ", mean " << e.mean);
    CHECK(e.worst <= 1);
    CHECK(e.mean <= 0.3);
  }
}

}  // namespace

TEST_CASE("every function of one operand has a line in the table of errors") {
  std::set<std::string_view> names;
  for (const Function& f : functions()) names.insert(f.name);
  CHECK(names == unary_names(kernels::AllElementwise{}));
}

TEST_CASE("elementary functions are as accurate in float as their headers say") {
  for (const Function& f : functions()) check_accuracy<float>(f, f.f32, 70'000);
}

TEST_CASE("elementary functions are as accurate in double as their headers say") {
  for (const Function& f : functions()) check_accuracy<double>(f, f.f64, 20'000);
}

TEST_CASE("elementary functions are as accurate over a million floats of every exponent") {
  check_patterns<float>(1'000'000);
}

TEST_CASE("elementary functions are as accurate over a million doubles of every exponent") {
  check_patterns<double>(1'000'000);
}

TEST_CASE("powers are accurate from the smallest to the largest") {
  check_pow<float>({1e-3, 1e3}, {-12, 12}, 70'000);
  check_pow<float>({0.9, 1.1}, {-800, 800}, 20'000);
  check_pow<float>({1e-44, 3e38}, {-1, 1}, 20'000);
  check_pow<double>({1e-3, 1e3}, {-100, 100}, 20'000);
  check_pow<double>({0.9, 1.1}, {-6000, 6000}, 20'000);
  check_pow<double>({1e-300, 1e300}, {-1, 1}, 20'000);
}
