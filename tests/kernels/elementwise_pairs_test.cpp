// Elementwise kernels of several inputs, value by value.
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "kernel_call.hpp"

using namespace capstan;

namespace {

struct Pair {
  double a;
  double b;
  double y;
};

template <class T>
void check_pairs(const char* op, const std::vector<Pair>& pairs) {
  for (const kernels::Isa isa : supported_isas()) {
    for (const Pair& p : pairs) {
      const T y = call_one<T>(op, isa, {static_cast<T>(p.a), static_cast<T>(p.b)});
      INFO(op << "(" << p.a << ", " << p.b << ") = " << y << ", " << name_of(isa));
      CHECK(is(y, p.y));
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("the larger and the smaller of two know signed zeros, infinities and NaN", "", float, double) {
  check_pairs<TestType>("maximum", {{1, 2, 2},
                                    {2, 1, 2},
                                    {0.0, -0.0, 0.0},
                                    {-0.0, 0.0, 0.0},
                                    {-0.0, -0.0, -0.0},
                                    {-inf, 1, 1},
                                    {inf, 1, inf},
                                    {quiet_nan, 1, quiet_nan},
                                    {1, quiet_nan, quiet_nan},
                                    {quiet_nan, inf, quiet_nan}});
  check_pairs<TestType>("minimum", {{1, 2, 1},
                                    {2, 1, 1},
                                    {0.0, -0.0, -0.0},
                                    {-0.0, 0.0, -0.0},
                                    {0.0, 0.0, 0.0},
                                    {-inf, 1, -inf},
                                    {inf, 1, 1},
                                    {quiet_nan, 1, quiet_nan},
                                    {1, quiet_nan, quiet_nan},
                                    {quiet_nan, -inf, quiet_nan}});
}

TEMPLATE_TEST_CASE("floor_divide rounds the exact quotient down", "", float, double) {
  check_pairs<TestType>("floor_divide", {{7, 2, 3},
                                         {-7, 2, -4},
                                         {7, -2, -4},
                                         {-7, -2, 3},
                                         {6, 3, 2},
                                         {-6, 3, -2},
                                         {0.5, 1, 0},
                                         {-0.5, 1, -1},
                                         {-0.0, 1, -0.0}});
  check_pairs<TestType>("floor_divide", {{1, 0, inf},
                                         {-1, 0, -inf},
                                         {0, 0, quiet_nan},
                                         {inf, 1, quiet_nan},
                                         {-inf, 0, -inf},
                                         {1, inf, 0},
                                         {-1, inf, -1},
                                         {1, -inf, -1},
                                         {-1e-30, 1e30, -1}});
  // The quotients round up to a whole number, but what is stored for 0.1 is a little more than that.
  check_pairs<double>("floor_divide",
                      {{1.0, 0.1, 9}, {-1.0, 0.1, -10}, {4.5, 0.3, 15}, {1e14, 0.1, 999999999999999.0}});
}

TEMPLATE_TEST_CASE("comparisons give 0 and 1, and are false where a NaN is", "", float, double) {
  check_pairs<TestType>("less",
                        {{1, 2, 1}, {2, 1, 0}, {1, 1, 0}, {quiet_nan, 1, 0}, {1, quiet_nan, 0}, {-inf, inf, 1}});
  check_pairs<TestType>("less_equal",
                        {{1, 2, 1}, {2, 1, 0}, {1, 1, 1}, {quiet_nan, 1, 0}, {1, quiet_nan, 0}, {0.0, -0.0, 1}});
  check_pairs<TestType>("greater",
                        {{1, 2, 0}, {2, 1, 1}, {1, 1, 0}, {quiet_nan, 1, 0}, {1, quiet_nan, 0}, {inf, -inf, 1}});
  check_pairs<TestType>("greater_equal",
                        {{1, 2, 0}, {2, 1, 1}, {1, 1, 1}, {quiet_nan, 1, 0}, {1, quiet_nan, 0}, {inf, inf, 1}});
  check_pairs<TestType>(
      "equal", {{1, 2, 0}, {1, 1, 1}, {quiet_nan, quiet_nan, 0}, {0.0, -0.0, 1}, {inf, inf, 1}, {inf, -inf, 0}});
}

TEMPLATE_TEST_CASE("not_equal is true where a NaN is", "", float, double) {
  check_pairs<TestType>("not_equal",
                        {{1, 2, 1}, {1, 1, 0}, {quiet_nan, quiet_nan, 1}, {quiet_nan, 1, 1}, {0.0, -0.0, 0}});
}

TEMPLATE_TEST_CASE("where takes every nonzero condition for true, and the branch that is not chosen has no influence",
                   "", float, double) {
  for (const kernels::Isa isa : supported_isas()) {
    const auto where = [&](double c, double a, double b) {
      return call_one<TestType>("where", isa,
                                {static_cast<TestType>(c), static_cast<TestType>(a), static_cast<TestType>(b)});
    };
    for (const double yes : {1.0, -0.5, inf, quiet_nan}) CHECK(where(yes, 2, quiet_nan) == 2);
    for (const double no : {0.0, -0.0}) CHECK(where(no, inf, 3) == 3);
  }
}

TEST_CASE("integers add, subtract and multiply, and wrap around") {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min(),
                         most = std::numeric_limits<std::int32_t>::max();
  for (const kernels::Isa isa : supported_isas()) {
    const auto y = [&](const char* op, std::int32_t a, std::int32_t b) {
      return call_one<std::int32_t>(op, isa, {a, b});
    };
    CHECK(y("add", 40, 2) == 42);
    CHECK(y("add", most, 1) == least);
    CHECK(y("subtract", 40, 42) == -2);
    CHECK(y("subtract", least, 1) == most);
    CHECK(y("multiply", -6, 7) == -42);
    CHECK(y("multiply", 65536, 65536) == 0);
    CHECK(call_one<std::int32_t>("negate", isa, {least}) == least);
    CHECK(call_one<std::int32_t>("abs", isa, {-5}) == 5);
    CHECK(call_one<std::int32_t>("abs", isa, {least}) == least);
    CHECK(call_one<std::int32_t>("sign", isa, {-5}) == -1);
    CHECK(call_one<std::int32_t>("square", isa, {-5}) == 25);
  }
}

TEST_CASE("integers divide rounding down, by zero they give zero, and what does not fit wraps around") {
  constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
  for (const kernels::Isa isa : supported_isas()) {
    const auto y = [&](std::int32_t a, std::int32_t b) { return call_one<std::int32_t>("floor_divide", isa, {a, b}); };
    CHECK(y(7, 2) == 3);
    CHECK(y(-7, 2) == -4);
    CHECK(y(7, -2) == -4);
    CHECK(y(-7, -2) == 3);
    CHECK(y(-6, 3) == -2);
    CHECK(y(5, 0) == 0);
    CHECK(y(least, 0) == 0);
    CHECK(y(least, -1) == least);
    CHECK(y(least, 1) == least);
  }
}

TEST_CASE("integers compare, and have a larger and a smaller one") {
  for (const kernels::Isa isa : supported_isas()) {
    const auto y = [&](const char* op, std::int32_t a, std::int32_t b) {
      return call_one<std::int32_t>(op, isa, {a, b});
    };
    CHECK(y("maximum", -3, 2) == 2);
    CHECK(y("minimum", -3, 2) == -3);
    CHECK(y("maximum", 4, 4) == 4);
    CHECK(y("less", -3, 2) == 1);
    CHECK(y("less_equal", 2, 2) == 1);
    CHECK(y("greater", -3, 2) == 0);
    CHECK(y("greater_equal", 3, 2) == 1);
    CHECK(y("equal", 2, 2) == 1);
    CHECK(y("not_equal", 2, 2) == 0);
    CHECK(call_one<std::int32_t>("where", isa, {-1, 5, 6}) == 5);
    CHECK(call_one<std::int32_t>("where", isa, {0, 5, 6}) == 6);
  }
}

TEST_CASE("functions of real numbers have no kernel for integers") {
  for (const char* op : {"divide", "exp", "pow", "relu", "sigmoid", "sqrt", "tanh"})
    CHECK(kernels::elementwise_kernel(position_of(op), DType::i32, kernels::best_isa()) == nullptr);
}
