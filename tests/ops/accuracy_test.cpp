// The errors of the elementary functions, in units in the last place, against the C library in long double; what the
// public headers state is what is checked here, for every instruction set that this processor has.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "catch.hpp"
#include "kernel_call.hpp"

using namespace capstan;

namespace {

using Real = long double;

struct Range {
  double low;
  double high;
};

struct Function {
  std::string_view name;
  std::function<Real(Real)> exact;
  Range f32;
  Range f64;
  double worst;  ///< ulp
};

const std::vector<Function>& functions() {
  static const std::vector<Function> table{
      {"exp", [](Real x) { return std::exp(x); }, {-103.9, 88.7}, {-745, 709.7}, 2},
      {"expm1", [](Real x) { return std::expm1(x); }, {-20, 88.7}, {-40, 709.7}, 3},
      {"log", [](Real x) { return std::log(x); }, {1e-45, 3.4e38}, {5e-324, 1.7e308}, 2},
      {"log", [](Real x) { return std::log(x); }, {0.5, 2}, {0.5, 2}, 2},
      {"log1p", [](Real x) { return std::log1p(x); }, {-0.99999, 2}, {-0.99999, 2}, 2},
      {"log1p", [](Real x) { return std::log1p(x); }, {-0.99999, 3.4e38}, {-0.99999, 1.7e308}, 2},
      {"sin", [](Real x) { return std::sin(x); }, {-3e6, 3e6}, {-3e6, 3e6}, 3},
      {"cos", [](Real x) { return std::cos(x); }, {-3e6, 3e6}, {-3e6, 3e6}, 3},
      {"erf", [](Real x) { return std::erf(x); }, {-5, 5}, {-7, 7}, 2},
      {"sigmoid", [](Real x) { return 1 / (1 + std::exp(-x)); }, {-103, 20}, {-740, 40}, 3},
      {"tanh", [](Real x) { return std::tanh(x); }, {-12, 12}, {-22, 22}, 3},
      {"softplus",
       [](Real x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); },
       {-103, 100},
       {-740, 700},
       3},
      {"elu", [](Real x) { return x > 0 ? x : std::expm1(x); }, {-20, 20}, {-40, 40}, 3},
      {"silu", [](Real x) { return x / (1 + std::exp(-x)); }, {-80, 20}, {-700, 40}, 4},
      {"gelu", [](Real x) { return x * std::erfc(-x * std::sqrt(0.5L)) / 2; }, {-13, 8}, {-37, 8}, 6},
  };
  return table;
}

/// The distance in units in the last place of the exact value as T would hold it.
template <class T>
double ulps(T got, Real exact) {
  const T nearest = static_cast<T>(exact);
  if (std::isnan(got) || std::isnan(nearest)) return std::isnan(got) && std::isnan(nearest) ? 0 : 1e9;
  if (std::isinf(got) || std::isinf(nearest)) return got == nearest ? 0 : 1e9;
  const int exponent = nearest == 0 ? 0 : std::ilogb(nearest);
  const int last = std::max(nearest == 0 ? std::numeric_limits<T>::min_exponent - 1 : exponent,
                            std::numeric_limits<T>::min_exponent - 1) -
                   (std::numeric_limits<T>::digits - 1);
  return static_cast<double>(std::abs(got - exact) / std::ldexp(Real{1}, last));
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

struct Errors {
  double worst = 0;
  double mean = 0;
};

template <class T>
Errors errors(const std::vector<T>& y, const std::vector<Real>& exact) {
  Errors e;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double error = ulps(y[i], exact[i]);
    e.worst = std::max(e.worst, error);
    e.mean += error / static_cast<double>(y.size());
  }
  return e;
}

template <class T>
void check_accuracy(const Function& f, const Range& range, std::size_t points) {
  const std::vector<T> x = grid<T>(range, points);
  std::vector<Real> exact;
  for (const T v : x) exact.push_back(f.exact(v));
  for (const kernels::Isa isa : supported_isas()) {
    const Errors e = errors(call<T>(f.name, isa, {x}, {1.0}), exact);
    INFO(f.name << " in " << name_of(dtype_of<T>()) << ", " << name_of(isa) << ": worst " << e.worst << ", mean "
                << e.mean);
    CHECK(e.worst <= f.worst);
    CHECK(e.mean <= 0.7);
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
    CHECK(e.worst <= 2);
    CHECK(e.mean <= 0.3);
  }
}

}  // namespace

TEST_CASE("elementary functions are as accurate in float as their headers say") {
  for (const Function& f : functions()) check_accuracy<float>(f, f.f32, 70'000);
}

TEST_CASE("elementary functions are as accurate in double as their headers say") {
  for (const Function& f : functions()) check_accuracy<double>(f, f.f64, 20'000);
}

TEST_CASE("powers are accurate from the smallest to the largest") {
  check_pow<float>({1e-3, 1e3}, {-12, 12}, 70'000);
  check_pow<float>({0.9, 1.1}, {-800, 800}, 20'000);
  check_pow<float>({1e-44, 3e38}, {-1, 1}, 20'000);
  check_pow<double>({1e-3, 1e3}, {-100, 100}, 20'000);
  check_pow<double>({0.9, 1.1}, {-6000, 6000}, 20'000);
  check_pow<double>({1e-300, 1e300}, {-1, 1}, 20'000);
}
