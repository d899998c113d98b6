// Gradients of every line of the table, in double, against central differences with a random cotangent.
#include <capstan/graph/check_gradient.hpp>

#include "catch.hpp"
#include "samples/sample.hpp"

using namespace capstan;
using samples::Case;
using samples::In;

TEST_CASE("the gradients of every operation match central differences") {
  for (const Case& sample : samples::cases()) {
    const GradientReport report =
        check_gradient([&](In x) { return sample(x); }, sample.inputs, {.tolerance = 1e-7, .seed = 3});
    INFO(sample.name() << "\n" << to_string(report));
    CHECK(report.passed());
  }
}

TEST_CASE("a gradient check looks at every element of every input of a sample") {
  for (const Case& sample : samples::cases()) {
    std::int64_t elements = 0;
    for (const Tensor& input : sample.inputs) elements += input.elements();
    INFO(sample.name());
    CHECK(check_gradient([&](In x) { return sample(x); }, sample.inputs).checked() == elements);
  }
}
