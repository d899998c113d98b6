#include <cstring>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"
#include "convolutions.hpp"
#include "supported_isas.hpp"
#include "threads.hpp"

using namespace capstan;
using namespace capstan::kernels;
using namespace convolutions;

namespace {

ConvolutionShape images(std::int64_t examples, std::int64_t inputs, std::int64_t outputs, const ConvolutionAxis& axis,
                        DType dtype, std::int64_t groups = 1) {
  ConvolutionShape s{.dtype = dtype, .examples = examples, .groups = groups, .inputs = inputs, .outputs = outputs};
  s.axes[0] = s.axes[2] = axis;
  return s;
}

/// Shapes of nets, large enough to be cut into blocks, panels, chunks and parts.
std::vector<ConvolutionShape> nets(DType dtype) {
  return {
      images(5, 1, 6, {28, 28, 5, 1, 1, 2}, dtype),    images(9, 6, 16, {14, 10, 5, 1, 1, 0}, dtype),
      images(3, 40, 70, {14, 14, 3, 1, 1, 1}, dtype),  images(11, 100, 33, {7, 7, 3, 1, 1, 1}, dtype),
      images(2, 130, 40, {16, 8, 3, 2, 1, 1}, dtype),  images(3, 20, 50, {12, 12, 1, 1, 1, 0}, dtype),
      images(6, 600, 30, {13, 13, 1, 1, 1, 0}, dtype), images(3, 20, 9, {7, 7, 1, 1, 1, 0}, dtype, 3),
      images(1, 3, 20, {61, 31, 7, 2, 1, 3}, dtype),   images(4, 1, 1, {28, 28, 3, 1, 1, 1}, dtype, 24),
      images(3, 1, 2, {19, 21, 5, 1, 1, 3}, dtype, 7), images(2, 1, 2, {20, 10, 3, 2, 1, 1}, dtype, 10),
      images(2, 8, 24, {32, 30, 3, 1, 1, 0}, dtype),   images(2, 32, 5, {33, 33, 5, 1, 2, 4}, dtype),
      images(40, 1, 12, {9, 9, 3, 1, 1, 1}, dtype),    images(2, 5, 20, {60, 3, 20, 20, 1, 0}, dtype),
      images(1, 300, 64, {6, 4, 3, 1, 1, 0}, dtype),   images(3, 2, 8, {1, 1, 3, 1, 1, 1}, dtype),
  };
}
ConvolutionShape sound(DType dtype) {
  ConvolutionShape s{.dtype = dtype, .examples = 3, .groups = 1, .inputs = 40, .outputs = 50};
  s.axes[2] = {1200, 1200, 3, 1, 1, 1};
  return s;
}
ConvolutionShape volume(DType dtype) {
  ConvolutionShape s{.dtype = dtype, .examples = 2, .groups = 1, .inputs = 6, .outputs = 20};
  s.axes = {ConvolutionAxis{9, 9, 3, 1, 1, 1}, ConvolutionAxis{10, 5, 3, 2, 1, 1}, ConvolutionAxis{11, 11, 3, 1, 1, 1}};
  return s;
}

template <class T>
bool same(const std::vector<T>& a, const std::vector<T>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

}  // namespace

TEMPLATE_TEST_CASE("convolutions of the shapes of nets are their sums, on any number of threads with the same bits", "",
                   float, double) {
  Rng rng{7};
  std::vector<ConvolutionShape> shapes = nets(dtype_of<TestType>());
  shapes.push_back(sound(dtype_of<TestType>()));
  shapes.push_back(volume(dtype_of<TestType>()));
  const Threads pool{4};
  for (const ConvolutionShape& shape : shapes) {
    for (const Convolves which : all) {
      const auto [a, b, c] = sizes(which, shape);
      const std::vector<TestType> first = numbers<TestType>(a, rng), second = numbers<TestType>(b, rng);
      const Sums right = sums(which, shape, first, second);
      for (const Isa isa : supported_isas()) {
        INFO(text(which, shape) << " with " << name_of(isa));
        const std::vector<TestType> alone = computed(isa, which, shape, first, second);
        CHECK(worst_error(alone, right) <= 1.0);
        for (const int threads : {2, 3, 4}) CHECK(same(computed(isa, which, shape, first, second, threads), alone));
      }
    }
  }
}

TEMPLATE_TEST_CASE("an example has the same bits in any batch", "", float, double) {
  Rng rng{8};
  for (ConvolutionShape shape : nets(dtype_of<TestType>())) {
    for (const Convolves which : {Convolves::forward, Convolves::input}) {
      const auto [a, b, c] = sizes(which, shape);
      const std::vector<TestType> first = numbers<TestType>(a, rng), second = numbers<TestType>(b, rng);
      ConvolutionShape one = shape;
      one.examples = 1;
      const std::int64_t part = a / shape.examples, result = c / shape.examples, last = shape.examples - 1;
      const std::vector<TestType> of_last{first.begin() + last * part, first.end()};
      for (const Isa isa : supported_isas()) {
        INFO(text(which, shape) << " with " << name_of(isa));
        const std::vector<TestType> whole = computed(isa, which, shape, first, second);
        CHECK(same(std::vector<TestType>(whole.begin() + last * result, whole.end()),
                   computed(isa, which, one, of_last, second)));
      }
    }
  }
}

TEMPLATE_TEST_CASE("a tap that meets padding contributes nothing, also where its factor is infinite or NaN", "", float,
                   double) {
  const TestType infinity = std::numeric_limits<TestType>::infinity();
  Rng rng{9};
  for (int i = 0; i < 60; ++i) {
    const ConvolutionShape shape = random_shape(rng, static_cast<std::size_t>(i % 3 + 1), dtype_of<TestType>());
    for (const Convolves which : all) {
      const auto [a, b, c] = sizes(which, shape);
      std::vector<TestType> first = numbers<TestType>(a, rng), second = numbers<TestType>(b, rng);
      for (std::vector<TestType>* factor : {&first, &second}) {
        for (TestType& x : *factor) x = std::abs(x) + TestType(0.5);  // so that no 0 is in the sums
        if (factor->empty()) continue;
        (*factor)[static_cast<std::size_t>(rng.uniform() * static_cast<double>(factor->size()))] = infinity;
        if (i % 2 == 0) factor->back() = std::numeric_limits<TestType>::quiet_NaN();
      }
      const Sums right = sums(which, shape, first, second);
      for (const Isa isa : supported_isas()) {
        INFO("geometry " << i << ": " << text(which, shape) << " with " << name_of(isa));
        const std::vector<TestType> y = computed(isa, which, shape, first, second);
        for (std::size_t k = 0; k < y.size(); ++k) {
          REQUIRE(std::isnan(y[k]) == std::isnan(right.sum[k]));
          REQUIRE(std::isinf(y[k]) == std::isinf(right.sum[k]));
        }
      }
    }
  }
}

TEST_CASE("a convolution of nothing is zeros, or nothing") {
  for (const DType dtype : {DType::f32}) {
    Rng rng{10};
    const ConvolutionShape padding = images(2, 3, 4, {0, 3, 2, 1, 1, 2}, dtype);  // of which all is padding
    CHECK(computed<float>(chosen_isa(), Convolves::forward, padding, {}, numbers<float>(48, rng)) ==
          std::vector<float>(2 * 4 * 9, 0.0F));
    CHECK(computed<float>(chosen_isa(), Convolves::weights, padding, {}, numbers<float>(72, rng)) ==
          std::vector<float>(48, 0.0F));
    const ConvolutionShape none = images(0, 3, 4, {5, 4, 2, 1, 1, 0}, dtype);
    CHECK(computed<float>(chosen_isa(), Convolves::forward, none, {}, numbers<float>(48, rng)).empty());
    CHECK(computed<float>(chosen_isa(), Convolves::weights, none, {}, {}) == std::vector<float>(48, 0.0F));
  }
}
