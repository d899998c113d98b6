#include <capstan/tensor/engine.hpp>
#include "catch.hpp"
#include "convolutions.hpp"
#include "supported_isas.hpp"

using namespace capstan;
using namespace capstan::kernels;
using namespace convolutions;

namespace {

/// 300 random geometries: each in all three directions with each instruction set.
template <class T>
void check(std::size_t rank, std::uint64_t seed) {
  Rng rng{seed};
  for (int i = 0; i < 300; ++i) {
    const ConvolutionShape shape = random_shape(rng, rank, dtype_of<T>());
    for (const Convolves which : all) {
      const auto [a, b, c] = sizes(which, shape);
      const std::vector<T> first = numbers<T>(a, rng), second = numbers<T>(b, rng);
      const Sums right = sums(which, shape, first, second);
      for (const Isa isa : supported_isas()) {
        INFO("seed " << seed << ", geometry " << i << ": " << text(which, shape) << " with " << name_of(isa));
        REQUIRE(worst_error(computed(isa, which, shape, first, second), right) <= 1.0);
      }
    }
  }
}

}  // namespace

TEMPLATE_TEST_CASE("convolutions of random geometries along one axis are their sums", "", float, double) {
  check<TestType>(1, 101);
}
TEMPLATE_TEST_CASE("convolutions of random geometries along two axes are their sums", "", float, double) {
  check<TestType>(2, 102);
}
TEMPLATE_TEST_CASE("convolutions of random geometries along three axes are their sums", "", float, double) {
  check<TestType>(3, 103);
}
