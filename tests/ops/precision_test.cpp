// Float against double: every line of the table computed in both, from the same numbers.
#include <algorithm>
#include <cmath>
#include <string_view>

#include "catch.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using samples::Case;
using samples::Results;

namespace {

/// What differences may be, in units of 2⁻²³ (the distance of 1 from the next float) of a result's largest magnitude:
/// some twenty rounded terms make a few of them.
constexpr double bound = 8.0;

double largest(const Tensor& x, double least) {
  double magnitude = least;
  for (const double element : x.data<double>()) magnitude = std::max(magnitude, std::fabs(element));
  return magnitude;
}

/// Whether the gradient is what is left of terms of the order of 1: that of a loss over classes sums to 0 over them, and
/// a column that was broadcast is summed so; that of silu is 0 at x = −1.28; that of a single divisor adds up a quotient of
/// either sign for each element.
bool gradient_cancels(const Case& sample) {
  const std::string_view op = sample.sample->op;
  const bool of_classes = op == "cross_entropy" || op == "categorical_cross_entropy";
  const bool of_one_divisor = op == "divide" && sample.inputs.back().shape().rank() == 0;
  return (of_classes && sample.lay == samples::Lay::broadcast) || op == "silu" || of_one_divisor;
}

/// Whether the value is: a sum of products of either sign, all of whose elements are small where an operand is broadcast.
bool value_cancels(const Case& sample) {
  return std::string_view{sample.sample->op} == "einsum" && sample.lay == samples::Lay::broadcast;
}

/// The largest difference, in units of 2⁻²³ of the largest magnitude, or of `least` if that is more.
double distance(const Tensor& narrow, const Tensor& wide, double least) {
  REQUIRE(narrow.dtype() == DType::f32);
  REQUIRE(wide.dtype() == DType::f64);
  REQUIRE(narrow.shape() == wide.shape());
  const auto a = narrow.data<float>();
  const auto b = wide.data<double>();
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double difference = std::fabs(static_cast<double>(a[i]) - b[i]);
    worst = difference <= worst ? worst : difference;  // keeps a NaN
  }
  return worst == 0.0 ? 0.0 : worst / (std::ldexp(1.0, -23) * largest(wide, least));
}

}  // namespace

TEST_CASE("every operation gives in float what it gives in double, but for rounding") {
  for (const Case& sample : samples::cases()) {
    std::vector<Tensor> narrow, wide;
    for (const Tensor& input : sample.inputs) {
      narrow.push_back(input.cast(DType::f32));
      wide.push_back(narrow.back().cast(DType::f64));
    }
    const Results in_float = results(sample, narrow), in_double = results(sample, wide);
    INFO(sample.name());
    INFO("the largest magnitude of the value is " << largest(in_double.value, 0.0));
    CHECK(distance(in_float.value, in_double.value, value_cancels(sample) ? 1.0 : 0.0) <= bound);
    for (std::size_t k = 0; k < narrow.size(); ++k) {
      INFO("the largest magnitude of the gradient of input " << k << " is " << largest(in_double.gradients[k], 0.0));
      CHECK(distance(in_float.gradients[k], in_double.gradients[k], gradient_cancels(sample) ? 1.0 : 0.0) <= bound);
    }
  }
}
