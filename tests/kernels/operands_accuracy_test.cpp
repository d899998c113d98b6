// The errors of the elementwise kernels of several operands, those that serve gradients only among them, in units in the
// last place, against the same formulas in long double: for every instruction set that this processor has, over operands
// of every exponent and either sign, over every combination of the numbers at the ends of the format, and over the ranges
// that training meets.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catch.hpp"
#include "exact.hpp"
#include "kernel_call.hpp"
#include "ulps.hpp"

using namespace capstan;
using namespace exact;

namespace {

constexpr double twice_rounded = 0.501;  ///< once more than `rounded`, at a far higher precision before
constexpr Range anything{-inf, inf}, finite{-1.7976931348623157e308, 1.7976931348623157e308}, common{-3, 3},
    logit{-20, 20}, zero_to_one{0, 1};

struct Kernel {
  std::string_view name;
  Real (*exact)(In);
  double worst;               ///< ulp
  std::vector<Range> usual;   ///< where training has its operands
  std::vector<Range> domain;  ///< where they can be, beside NaN; none given: anywhere
  std::vector<double> attributes = {};
  Real (*difference)(In) = nullptr;  ///< see kernels_of_several()
};

/// Every elementwise op of several operands, at least once. All errors are relative to the exact result but for gradients
/// that are dy times a difference of numbers that are rounded before: where these are nearly equal the difference is made
/// of what they were rounded by. Its unit is |dy| times the last place of the larger one, or of something of its size, which
/// the line gives. Other differences are of operands as they are given, and so exact but for one rounding.
const std::vector<Kernel>& kernels_of_several() {
  static const std::vector<Kernel> table{
      {"abs_gradient",
       [](In x) { return x[1] == 0 ? 0 : chained(x[0], std::isnan(x[1]) ? x[1] : std::copysign(Real{1}, x[1])); },
       rounded,
       {common, common},
       {}},
      {"add", [](In x) { return x[0] + x[1]; }, rounded, {common, common}, {}},
      {"binary_cross_entropy",
       [](In x) { return 0 - (x[1] * cut(std::log(x[0])) + (1 - x[1]) * cut(std::log1p(-x[0]))); },
       3,
       {zero_to_one, zero_to_one},
       {zero_to_one, zero_to_one}},
      {"binary_cross_entropy_of_sigmoid",
       [](In x) { return cross_entropy(x[2], x[1]); },
       2,
       {zero_to_one, zero_to_one, logit},
       {zero_to_one, zero_to_one, anything}},
      {"binary_cross_entropy_with_logits",
       [](In x) { return cross_entropy(x[0], x[1]); },
       2,
       {logit, zero_to_one},
       {anything, zero_to_one}},
      {"choice_gradient",
       [](In x) { return x[1] != x[2] && !std::isnan(x[2]) ? 0 : chained(x[0], x[1] == x[2] ? 1 : not_a_number); },
       rounded,
       {common, common, common},
       {}},
      {"clamp_gradient",
       [](In x) { return x[1] < 0.5L || x[1] > 1 ? 0 : chained(x[0], std::isnan(x[1]) ? x[1] : 1); },
       rounded,
       {common, common},
       {},
       {0.5, 1.0}},
      {"divide", [](In x) { return x[0] / x[1]; }, rounded, {common, common}, {}},
      {"divide_gradient", [](In x) { return x[0] == 0 ? 0 : x[0] / x[1]; }, rounded, {common, common}, {}},
      {"divisor_gradient",
       [](In x) { return x[0] == 0 ? 0 : -(x[0] * x[1] / (x[2] * x[2])); },
       3,
       {common, common, common},
       {}},
      {"elu_gradient",
       [](In x) { return chained(x[0], x[1] > 0 ? 1 : std::exp(x[1])); },
       3,
       {common, {-10, 3}},
       {finite, anything},
       {1.0}},
      {"elu_gradient",
       [](In x) { return chained(x[0], x[1] > 0 ? 1 : std::exp(x[1]) / 2); },
       3,
       {common, {-10, 3}},
       {finite, anything},
       {0.5}},
      {"equal", [](In x) { return one_if(x[0] == x[1]); }, rounded, {common, common}, {}},
      {"exp_gradient", [](In x) { return chained(x[0], std::exp(x[1])); }, 2, {common, {-10, 10}}, {finite, anything}},
      {"floor_divide", [](In x) { return floor_quotient(x[0], x[1]); }, twice_rounded, {{-1000, 1000}, common}, {}},
      {"gaussian_gradient",
       [](In x) { return chained(x[0], std::exp(-x[1] * x[1] / 2)); },
       3,
       {common, {-6, 6}},
       {finite, anything},
       {0.5}},
      {"gaussian_gradient",
       [](In x) { return chained(x[0], std::exp(-x[1] * x[1])); },
       3,
       {common, {-6, 6}},
       {finite, anything},
       {1.0}},
      {"gelu_gradient",
       [](In x) { return chained(x[0], gelu_slope(x[1])); },
       4.1,
       {common, {-6, 6}},
       {finite, anything},
       {},
       [](In x) {
         return std::max(normal_distribution(x[1]), std::fabs(gelu_slope(x[1]) - normal_distribution(x[1])));
       }},
      {"greater", [](In x) { return one_if(x[0] > x[1]); }, rounded, {common, common}, {}},
      {"greater_equal", [](In x) { return one_if(x[0] >= x[1]); }, rounded, {common, common}, {}},
      {"leaky_relu_gradient",
       [](In x) {
         return chained(x[0], x[1] < 0 ? 0.5L : x[1] >= 0 ? 1 : x[1]);
       },
       rounded,
       {common, common},
       {},
       {0.5, 1.0}},
      {"less", [](In x) { return one_if(x[0] < x[1]); }, rounded, {common, common}, {}},
      {"less_equal", [](In x) { return one_if(x[0] <= x[1]); }, rounded, {common, common}, {}},
      {"maximum", [](In x) { return larger(x[0], x[1]); }, rounded, {common, common}, {}},
      {"maximum_gradient",
       [](In x) {
         return x[1] < x[2] ? 0 : chained(x[0], x[1] > x[2] ? 1 : x[1] == x[2] ? 0.5L : not_a_number);
       },
       rounded,
       {common, common, common},
       {}},
      {"minimum", [](In x) { return -larger(-x[0], -x[1]); }, rounded, {common, common}, {}},
      {"multiply", [](In x) { return x[0] * x[1]; }, rounded, {common, common}, {}},
      {"multiply_gradient", [](In x) { return chained(x[0], x[1]); }, rounded, {common, common}, {}},
      {"not_equal", [](In x) { return one_if(x[0] != x[1]); }, rounded, {common, common}, {}},
      {"pow", [](In x) { return std::pow(x[0], x[1]); }, 1, {{0.001, 1000}, {-12, 12}}, {}},
      {"pow_exponent_gradient", chained_power_log, 4, {common, {0.001, 1000}, {-12, 12}}, {finite, anything, finite}},
      {"pow_gradient",
       [](In x) { return chained_power(x, 1); },
       4,
       {common, common, {2, 2}},
       {finite, anything, anything},
       {1.0}},
      {"pow_gradient",
       [](In x) { return chained_power(x, 1); },
       4,
       {common, common, {3, 3}},
       {finite, anything, anything},
       {1.0}},
      {"pow_gradient",
       [](In x) { return chained_power(x, 1); },
       4,
       {common, {0.001, 1000}, {-12, 12}},
       {finite, anything, anything},
       {1.0}},
      {"pow_gradient",
       [](In x) { return chained_power(x, 2); },
       4,
       {common, {0.001, 1000}, {-12, 12}},
       {finite, anything, anything},
       {2.0}},
      {"relu_gradient",
       [](In x) {
         return x[1] < 0 ? 0 : chained(x[0], x[1] > 0 ? 1 : x[1] == 0 ? 0.5L : x[1]);
       },
       rounded,
       {common, common},
       {},
       {0.5}},
      {"shifted_power",
       [](In x) { return chained(x[0], shifted_power(x[1], x[2], 1)); },
       4,
       {common, {0.001, 1000}, {-12, 12}},
       {finite, anything, anything},
       {1.0}},
      {"sigmoid_error",
       [](In x) {
         const Real e = decay(x[1]), small = e / (1 + e);
         return chained(x[0], x[1] > 0 ? (1 - x[2]) - small : small - x[2]);
       },
       4,
       {common, logit, zero_to_one},
       {finite, anything, zero_to_one},
       {},
       [](In x) { return std::max(sigmoid(-std::fabs(x[1])), x[1] > 0 ? 1 - x[2] : x[2]); }},
      {"sigmoid_gradient",
       [](In x) { return chained(x[0], x[1] * (1 - x[1])); },
       4,
       {common, zero_to_one},
       {anything, zero_to_one}},
      {"sigmoid_slope_gradient",
       [](In x) { return chained(x[0], decay(x[1]) / ((1 + decay(x[1])) * (1 + decay(x[1])))); },
       4,
       {common, logit},
       {finite, anything}},
      {"silu_gradient",
       [](In x) { return chained(x[0], silu_slope(x[1])); },
       4,
       {common, logit},
       {finite, anything},
       {},
       [](In x) { return sigmoid(x[1]) * sigmoid(x[1]); }},
      {"softplus_gradient", [](In x) { return chained(x[0], sigmoid(x[1])); }, 4, {common, logit}, {finite, anything}},
      {"sqrt_gradient",
       [](In x) { return x[0] == 0 ? 0 : x[0] / std::fabs(2 * x[1]); },
       rounded,
       {common, common},
       {anything, {-1.8e19, 1.8e19}}},
      {"square_gradient", [](In x) { return chained(x[0], 2 * x[1]); }, rounded, {common, common}, {}},
      {"squared_error", [](In x) { return (x[0] - x[1]) * (x[0] - x[1]); }, 2, {common, common}, {}},
      {"squared_error_gradient",
       [](In x) { return chained(x[0], 2 * (x[1] - x[2])); },
       2,
       {common, common, common},
       {}},
      {"subtract", [](In x) { return x[0] - x[1]; }, rounded, {common, common}, {}},
      {"tanh_gradient",
       [](In x) { return chained(x[0], (1 - x[1]) * (1 + x[1])); },
       2,
       {common, {-1, 1}},
       {anything, {-1, 1}}},
      {"where", [](In x) { return x[0] != 0 ? x[1] : x[2]; }, rounded, {common, common, common}, {}},
  };
  return table;
}

template <class... S>
std::set<std::string_view> names_of_several(kernels::ElementwiseList<S...>) {
  std::set<std::string_view> names;
  (void(S::inputs > 1 ? names.insert(S::name) : std::pair{names.end(), false}), ...);
  return names;
}

/// What a kernel is called with, operand by operand.
template <class T>
using Operands = std::vector<std::vector<T>>;

template <class T>
bool is_within(T x, const Range& range) {
  return std::isnan(x) || (static_cast<double>(x) >= range.low && static_cast<double>(x) <= range.high);
}

Range domain_of(const Kernel& k, std::size_t operand) { return k.domain.empty() ? anything : k.domain[operand]; }

/// Every combination of the numbers at the ends of the format, then so many whose bits are drawn at random.
template <class T>
Operands<T> patterns(const Kernel& k, std::size_t points) {
  using Bits = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;
  const std::size_t n = k.usual.size();
  Operands<T> x(n, std::vector<T>(1));
  for (std::size_t operand = 0; operand < n; ++operand) {
    const Operands<T> shorter = std::exchange(x, Operands<T>(n));
    for (const T end : ends<T>()) {
      if (!is_within(end, domain_of(k, operand))) continue;
      for (std::size_t i = 0; i < n; ++i) x[i].insert(x[i].end(), shorter[i].begin(), shorter[i].end());
      std::fill(x[operand].end() - static_cast<std::ptrdiff_t>(shorter[0].size()), x[operand].end(), end);
    }
  }
  std::mt19937_64 bits(20240901);
  for (std::size_t i = 0; i < points; ++i) {
    for (std::size_t operand = 0; operand < n; ++operand) {
      T value;
      do value = std::bit_cast<T>(static_cast<Bits>(bits()));
      while (!is_within(value, domain_of(k, operand)));
      x[operand].push_back(value);
    }
  }
  return x;
}

template <class T>
Operands<T> usual(const Kernel& k, std::size_t points) {
  Operands<T> x(k.usual.size());
  std::mt19937_64 bits(20240902);
  for (std::size_t i = 0; i < points; ++i) {
    for (std::size_t operand = 0; operand < x.size(); ++operand) {
      const Range& range = k.usual[operand];
      const double part = static_cast<double>(bits() >> 11) * 0x1p-53;
      x[operand].push_back(static_cast<T>(range.low + part * (range.high - range.low)));
    }
  }
  return x;
}

/// What a kernel should give, and the least unit of its errors: 0 where that is the last place of the exact value.
struct Expected {
  Real exact;
  Real unit;
};

template <class T>
std::vector<Expected> expected(const Kernel& k, const Operands<T>& x) {
  std::vector<Expected> all;
  for (std::size_t i = 0; i < x[0].size(); ++i) {
    Real row[3] = {};
    for (std::size_t operand = 0; operand < x.size(); ++operand) row[operand] = x[operand][i];
    const Real unit = k.difference == nullptr ? 0 : std::abs(row[0]) * last_place(static_cast<T>(k.difference(row)));
    all.push_back({k.exact(row), unit});
  }
  return all;
}

template <class T>
double error_of(const Kernel& k, T got, const Expected& e) {
  if (k.difference == nullptr) return ulps(got, e.exact);
  const T nearest = static_cast<T>(e.exact);
  return distance(got, e.exact, std::isfinite(nearest) ? std::max(e.unit, last_place(nearest)) : Real{1});
}

template <class T>
std::string text_of(const Operands<T>& x, std::size_t i) {
  std::ostringstream text;
  text.precision(std::numeric_limits<T>::max_digits10);
  for (const std::vector<T>& operand : x) text << (text.str().empty() ? "" : ", ") << operand[i];
  return text.str();
}

/// check(errors) for each instruction set.
template <class T, class F>
void for_each_isa(const Kernel& k, const Operands<T>& x, const F& check) {
  const std::vector<Expected> right = expected(k, x);
  for (const kernels::Isa isa : supported_isas()) {
    const std::vector<T> y = call<T>(k.name, isa, x, k.attributes);
    const Errors e = errors_of(y.size(), [&](std::size_t i) { return error_of(k, y[i], right[i]); });
    INFO(k.name << " in " << name_of(dtype_of<T>()) << ", " << name_of(isa) << ": worst " << e.worst << " at ("
                << text_of(x, e.where) << "), mean " << e.mean << ", above 2 ulp " << e.large);
    CHECK(e.worst <= k.worst);
    check(e);
  }
}

template <class T>
void check_usual(std::size_t points) {
  for (const Kernel& k : kernels_of_several()) {
    for_each_isa(k, usual<T>(k, points), [](const Errors& e) {
      CHECK(e.mean <= 0.7);
      CHECK(e.large <= 0.01);
    });
  }
}

}  // namespace

TEST_CASE("every kernel of several operands has a line in the table of errors") {
  std::set<std::string_view> names;
  for (const Kernel& k : kernels_of_several()) names.insert(k.name);
  CHECK(names == names_of_several(kernels::AllElementwise{}));
}

TEST_CASE("kernels of several operands are accurate over a million floats of every exponent") {
  for (const Kernel& k : kernels_of_several()) for_each_isa(k, patterns<float>(k, 1'000'000), [](const Errors&) {});
}

TEST_CASE("kernels of several operands are accurate over doubles of every exponent") {
  for (const Kernel& k : kernels_of_several()) for_each_isa(k, patterns<double>(k, 200'000), [](const Errors&) {});
}

TEST_CASE("kernels of several operands are accurate over a million floats as training has them") {
  check_usual<float>(1'000'000);
}

TEST_CASE("kernels of several operands are accurate over doubles as training has them") {
  check_usual<double>(200'000);
}
