// The elementwise kernels by themselves: what the executor relies on, and the limits of every function.
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <capstan/tensor/rng.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"
#include "kernel_call.hpp"

using namespace capstan;

namespace {

constexpr std::int64_t length = 37;  // two registers of 16 and a rest
const std::array<Word, 2> attributes{std::bit_cast<Word>(0.5), std::bit_cast<Word>(1.0)};

template <class T>
using BitsOf = std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>;

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::bit_cast<BitsOf<T>>(a[i]) != std::bit_cast<BitsOf<T>>(b[i])) return false;
  return a.size() == b.size();
}

/// Up to three inputs, more than any op takes, of numbers of either sign.
template <class T>
std::array<std::vector<T>, 3> numbers() {
  std::array<std::vector<T>, 3> inputs;
  Rng rng{5};
  for (auto& x : inputs) {
    const Tensor t = Tensor::uniform({length}, rng, {.low = -4, .high = 4, .dtype = DType::f64});
    for (const double v : t.data<double>()) x.push_back(static_cast<T>(v));
  }
  return inputs;
}

template <class T>
std::array<const void*, 3> pointers(const std::array<std::vector<T>, 3>& inputs, std::int64_t from = 0) {
  return {inputs[0].data() + from, inputs[1].data() + from, inputs[2].data() + from};
}

/// f(kernel) for every kernel of one dtype, in every instruction set.
template <class T, class F>
void for_each_kernel(const F& f) {
  for (std::size_t i = 0; i < kernel_names.size(); ++i) {
    for (const kernels::Isa isa : supported_isas()) {
      const ElementwiseKernel kernel = kernels::elementwise_kernel(i, dtype_of<T>(), isa);
      if (kernel == nullptr) continue;
      INFO(kernel_names[i] << ", " << name_of(dtype_of<T>()) << ", " << name_of(isa));
      f(kernel);
    }
  }
}

template <class T>
std::vector<T> whole(ElementwiseKernel kernel, const std::array<std::vector<T>, 3>& inputs) {
  std::vector<T> y(length);
  kernel(length, y.data(), pointers(inputs).data(), 0, attributes.data());
  return y;
}

}  // namespace

TEMPLATE_TEST_CASE("an element's bits do not depend on where in an array it lies, nor on the array's length", "", float,
                   double, std::int32_t) {
  const auto inputs = numbers<TestType>();
  for_each_kernel<TestType>([&](ElementwiseKernel kernel) {
    const std::vector<TestType> expected = whole(kernel, inputs);
    for (const std::int64_t run : {1, 2, 3, 5, 8, 15, 16, 17, 31}) {
      std::vector<TestType> y(length);
      for (std::int64_t i = 0; i < length; i += run)
        kernel(std::min(run, length - i), y.data() + i, pointers(inputs, i).data(), 0, attributes.data());
      CHECK(same_bits(y, expected));
    }
  });
}

TEMPLATE_TEST_CASE("an input of one element is used for all elements", "", float, double, std::int32_t) {
  const auto inputs = numbers<TestType>();
  for_each_kernel<TestType>([&](ElementwiseKernel kernel) {
    for (unsigned scalars = 1; scalars < 8; ++scalars) {
      auto filled = inputs;
      for (unsigned k = 0; k < 3; ++k)
        if ((scalars >> k & 1u) != 0) filled[k].assign(length, inputs[k][0]);
      std::vector<TestType> y(length);
      kernel(length, y.data(), pointers(inputs).data(), scalars, attributes.data());
      CHECK(same_bits(y, whole(kernel, filled)));
    }
  });
}

TEMPLATE_TEST_CASE("the output may be the memory of any input", "", float, double, std::int32_t) {
  const auto inputs = numbers<TestType>();
  for_each_kernel<TestType>([&](ElementwiseKernel kernel) {
    const std::vector<TestType> expected = whole(kernel, inputs);
    for (std::size_t k = 0; k < 3; ++k) {
      auto copy = inputs;
      kernel(length, copy[k].data(), pointers(copy).data(), 0, attributes.data());
      if (k == 0) CHECK(same_bits(copy[k], expected));
      if (!same_bits(copy[k], inputs[k])) CHECK(same_bits(copy[k], expected));
    }
  });
}

TEMPLATE_TEST_CASE("a kernel writes its elements and nothing beside them", "", float, double, std::int32_t) {
  const auto inputs = numbers<TestType>();
  for_each_kernel<TestType>([&](ElementwiseKernel kernel) {
    for (const std::int64_t n : {0, 1, 3, 16, 21}) {
      std::vector<TestType> y(length, TestType(77));
      kernel(n, y.data() + 4, pointers(inputs).data(), 0, attributes.data());
      for (std::int64_t i = 0; i < length; ++i)
        if (i < 4 || i >= 4 + n) CHECK(y[i] == TestType(77));
    }
  });
}

TEMPLATE_TEST_CASE("NaN goes through every function", "", float, double) {
  const TestType nan = std::numeric_limits<TestType>::quiet_NaN();
  for (const kernels::Isa isa : supported_isas()) {
    for (const char* op :
         {"abs",  "ceil",       "clamp", "cos",      "elu",    "erf",        "exp",  "expm1", "floor",
          "gelu", "leaky_relu", "log",   "log1p",    "negate", "reciprocal", "relu", "round", "sigmoid",
          "sign", "silu",       "sin",   "softplus", "sqrt",   "square",     "tanh"}) {
      INFO(op << ", " << name_of(isa));
      CHECK(std::isnan(call_one<TestType>(op, isa, {nan}, {0.5, 1.0})));
    }
    for (const char* op : {"add",
                           "divide",
                           "floor_divide",
                           "maximum",
                           "minimum",
                           "multiply",
                           "pow",
                           "subtract",
                           "clamp_gradient",
                           "elu_gradient",
                           "leaky_relu_gradient",
                           "relu_gradient",
                           "sigmoid_gradient",
                           "tanh_gradient",
                           "abs_gradient",
                           "divide_gradient",
                           "exp_gradient",
                           "gaussian_gradient",
                           "gelu_gradient",
                           "multiply_gradient",
                           "sigmoid_slope_gradient",
                           "silu_gradient",
                           "softplus_gradient",
                           "sqrt_gradient",
                           "square_gradient"}) {
      INFO(op << ", " << name_of(isa));
      CHECK(std::isnan(call_one<TestType>(op, isa, {nan, 0.75}, {0.5, 1.0})));
      CHECK(std::isnan(call_one<TestType>(op, isa, {0.75, nan}, {0.5, 1.0})));
    }
  }
}

namespace {

struct Limit {
  const char* op;
  double x;
  double y;
};

/// What each function is at the ends of its range and around 0, in either dtype; attributes 0.5 and 1.
const std::vector<Limit> limits{{"abs", -0.0, 0.0},         {"abs", -inf, inf},         {"ceil", -0.3, -0.0},
                                {"ceil", 0.3, 1.0},         {"ceil", -inf, -inf},       {"ceil", 1e30, 1e30},
                                {"clamp", -inf, 0.5},       {"clamp", inf, 1.0},        {"clamp", 0.75, 0.75},
                                {"cos", 0.0, 1.0},          {"cos", inf, quiet_nan},    {"elu", -inf, -0.5},
                                {"elu", inf, inf},          {"erf", inf, 1.0},          {"erf", -inf, -1.0},
                                {"erf", -0.0, -0.0},        {"exp", inf, inf},          {"exp", -inf, 0.0},
                                {"exp", -0.0, 1.0},         {"exp", 1e4, inf},          {"exp", -1e4, 0.0},
                                {"expm1", -inf, -1.0},      {"expm1", inf, inf},        {"expm1", -0.0, -0.0},
                                {"expm1", 1e-30, 1e-30},    {"floor", -0.3, -1.0},      {"floor", 0.3, 0.0},
                                {"floor", -0.0, -0.0},      {"floor", inf, inf},        {"gelu", -inf, -0.0},
                                {"gelu", inf, inf},         {"gelu", 0.0, 0.0},         {"leaky_relu", -inf, -inf},
                                {"leaky_relu", -2.0, -1.0}, {"log", 0.0, -inf},         {"log", -0.0, -inf},
                                {"log", -1.0, quiet_nan},   {"log", inf, inf},          {"log", 1.0, 0.0},
                                {"log", -inf, quiet_nan},   {"log1p", -1.0, -inf},      {"log1p", -2.0, quiet_nan},
                                {"log1p", inf, inf},        {"log1p", -0.0, -0.0},      {"log1p", 1e-30, 1e-30},
                                {"reciprocal", 0.0, inf},   {"reciprocal", -0.0, -inf}, {"reciprocal", -inf, -0.0},
                                {"relu", -inf, 0.0},        {"relu", inf, inf},         {"relu", -0.0, 0.0},
                                {"round", 2.5, 2.0},        {"round", 3.5, 4.0},        {"round", -0.5, -0.0},
                                {"round", 0.25, 0.0},       {"round", inf, inf},        {"sigmoid", inf, 1.0},
                                {"sigmoid", -inf, 0.0},     {"sigmoid", 0.0, 0.5},      {"sigmoid", 1e4, 1.0},
                                {"sigmoid", -1e4, 0.0},     {"sign", -0.0, 0.0},        {"sign", -inf, -1.0},
                                {"sign", 1e-30, 1.0},       {"silu", -inf, -0.0},       {"silu", inf, inf},
                                {"sin", -0.0, -0.0},        {"sin", inf, quiet_nan},    {"sin", 1e-30, 1e-30},
                                {"softplus", inf, inf},     {"softplus", -inf, 0.0},    {"sqrt", -0.0, -0.0},
                                {"sqrt", -1.0, quiet_nan},  {"sqrt", inf, inf},         {"tanh", inf, 1.0},
                                {"tanh", -inf, -1.0},       {"tanh", -0.0, -0.0},       {"tanh", 1e-30, 1e-30},
                                {"is_nan", quiet_nan, 1.0}, {"is_nan", inf, 0.0},       {"is_finite", quiet_nan, 0.0},
                                {"is_finite", -inf, 0.0},   {"is_finite", 1e30, 1.0}};

}  // namespace

TEMPLATE_TEST_CASE("functions have the limits of IEEE 754", "", float, double) {
  for (const kernels::Isa isa : supported_isas()) {
    for (const Limit& limit : limits) {
      const auto x = static_cast<TestType>(limit.x);
      const TestType y = call_one<TestType>(limit.op, isa, {x}, {0.5, 1.0});
      INFO(limit.op << "(" << x << ") = " << y << ", " << name_of(isa));
      CHECK(is(y, static_cast<TestType>(limit.y)));
    }
    const TestType smallest = std::numeric_limits<TestType>::denorm_min();
    for (const char* op : {"expm1", "log1p", "sin", "tanh", "abs", "relu"})
      CHECK(call_one<TestType>(op, isa, {smallest}, {0.5}) == smallest);
    CHECK(call_one<TestType>("log", isa, {smallest}) == Approx(std::log(smallest)));
  }
}

TEMPLATE_TEST_CASE("a power at the ends of its range is what C's pow is", "", float, double) {
  const std::vector<double> ends{0.0,      -0.0,  1.0,    -1.0, 2.0, -2.0, 0.5,       -0.5,
                                 3.0,      -3.0,  1.5,    -1.5, inf, -inf, quiet_nan, 1e30,
                                 -1e30,    1e-40, -1e-40, 0.1,  7.0, -8.0, 1e10,      4503599627370497.0,
                                 8388609.0};
  for (const kernels::Isa isa : supported_isas()) {
    for (const double a : ends) {
      for (const double b : ends) {
        const auto x = static_cast<TestType>(a), e = static_cast<TestType>(b);
        const auto expected = static_cast<TestType>(std::pow(static_cast<double>(x), static_cast<double>(e)));
        const TestType y = call_one<TestType>("pow", isa, {x, e});
        INFO(x << " to the " << e << " is " << expected << ", got " << y << ", " << name_of(isa));
        const bool near = std::isfinite(y) && y != 0 &&
                          std::abs(y - expected) <= std::abs(expected) * 1e-15 * (sizeof(TestType) == 4 ? 1e8 : 1);
        CHECK((near || is(y, expected)));
      }
    }
  }
}

TEMPLATE_TEST_CASE("powers of 2, 1, 0, 0.5 and -1 are exact", "", float, double) {
  const auto x = numbers<TestType>()[0];
  for (const kernels::Isa isa : supported_isas()) {
    for (const TestType v : x) {
      const TestType size = std::abs(v);
      CHECK(call_one<TestType>("pow", isa, {v, 2}) == v * v);
      CHECK(call_one<TestType>("pow", isa, {v, 1}) == v);
      CHECK(call_one<TestType>("pow", isa, {v, 0}) == 1);
      CHECK(call_one<TestType>("pow", isa, {v, -1}) == 1 / v);
      CHECK(call_one<TestType>("pow", isa, {size, TestType(0.5)}) == std::sqrt(size));
    }
  }
}

TEST_CASE("every elementwise kernel is there for f32 and f64 in every instruction set, and has a name of its own") {
  REQUIRE(kernel_names.size() > 40);
  for (std::size_t i = 0; i < kernel_names.size(); ++i) {
    CAPTURE(kernel_names[i]);
    CHECK(position_of(kernel_names[i]) == i);
    for (const kernels::Isa isa : supported_isas()) {
      CHECK(kernels::elementwise_kernel(i, DType::f32, isa) != nullptr);
      CHECK(kernels::elementwise_kernel(i, DType::f64, isa) != nullptr);
    }
  }
}
