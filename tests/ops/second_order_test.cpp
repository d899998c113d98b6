// Second derivatives of every line of the table: the gradient of a gradient, in double, against central differences of
// the gradient, both with random cotangents.
#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include "catch.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using samples::Case;
using samples::In;

TEST_CASE("the second derivatives of every operation match central differences of the first") {
  for (const Case& sample : samples::cases()) {
    for (std::size_t k = 0; k < sample.inputs.size(); ++k) {
      const auto first_derivative = [&](In x) {
        const Var y = sample(x);
        return gradient(sum(y * samples::cotangent(y.shape(), 11)), x[k]);
      };
      const GradientReport report = check_gradient(first_derivative, sample.inputs, {.tolerance = 1e-7, .seed = 4});
      INFO(sample.name() << ", the gradient of input " << k << "\n" << to_string(report));
      CHECK(report.passed());
    }
  }
}
