// Float against double: every line of the table computed in both, from the same numbers.
#include <algorithm>
#include <cmath>

#include "catch.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using samples::Case;
using samples::Results;

namespace {

/// What differences may be, in units of 2⁻²³ (the distance of 1 from the next float) of a result's largest magnitude. The
/// table's longest sums, of some twenty rounded terms, come to 3.
constexpr double bound = 8.0;

double largest(const Tensor& x) {
  double magnitude = 1.0;  // numbers of the table are of the order of 1, so what cancels does so to that order
  for (const double element : x.data<double>()) magnitude = std::max(magnitude, std::fabs(element));
  return magnitude;
}

/// The largest difference, in units of 2⁻²³ of the largest magnitude.
double distance(const Tensor& narrow, const Tensor& wide) {
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
  return worst / (std::ldexp(1.0, -23) * largest(wide));
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
    CHECK(distance(in_float.value, in_double.value) <= bound);
    for (std::size_t k = 0; k < narrow.size(); ++k) {
      INFO("the gradient of input " << k);
      CHECK(distance(in_float.gradients[k], in_double.gradients[k]) <= bound);
    }
  }
}
