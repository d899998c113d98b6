#include <capstan/optim/clip.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "counting_new.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();
const double nan_value = std::nan("");

using Numbers = std::vector<double>;

Numbers list(const Tensor& x) {
  const Tensor f64 = x.cast(DType::f64);
  const auto elements = f64.data<double>();
  return {elements.begin(), elements.end()};
}

/// Two parameters and a way to give them any gradients.
struct Example {
  Tape tape;
  Parameter a, b;

  explicit Example(const Tensor& a_gradient, const Tensor& b_gradient)
      : a{"a", Tensor::zeros(a_gradient.shape(), a_gradient.dtype())},
        b{"b", Tensor::zeros(b_gradient.shape(), b_gradient.dtype())},
        gradients{tape.backward(sum(tape.parameter(a) * a_gradient))} {
    gradients += tape.backward(sum(tape.parameter(b) * b_gradient));
  }

  Gradients gradients;
};

}  // namespace

TEST_CASE("Gradients whose norm is beyond the limit are scaled to it, all by one factor") {
  Example e{Tensor::from({3.0, 0.0}, {2}), Tensor::from({0.0, -4.0}, {2, 1})};
  CHECK(optim::clip_norm(e.gradients, 1.0) == Approx(5.0).epsilon(1e-15));
  CHECK(e.gradients[e.a].at({0}) == Approx(0.6).epsilon(1e-15));
  CHECK(e.gradients[e.b].at({1, 0}) == Approx(-0.8).epsilon(1e-15));
  CHECK(optim::clip_norm(e.gradients, 1.0) == Approx(1.0).epsilon(1e-15));
}

TEST_CASE("Gradients whose norm is within the limit stay as they are, and nothing is allocated") {
  Example e{Tensor::from({3.0, 0.0}, {2}), Tensor::from({0.0, 4.0}, {2})};
  const void* memory = e.gradients[e.a].raw();
  const std::uint64_t before = counting_new::calls();
  const double norm = optim::clip_norm(e.gradients, 5.0);
  const std::uint64_t calls = counting_new::calls() - before;
  CHECK(norm == 5.0);
  CHECK(e.gradients[e.a].raw() == memory);
  CHECK(list(e.gradients[e.b]) == Numbers{0.0, 4.0});
  if (counting_new::works) CHECK(calls == 0);
  Gradients none;
  CHECK(optim::clip_norm(none, 1.0) == 0.0);
}

TEST_CASE("The norm of float gradients is summed in double, and many elements are all counted") {
  Tensor ones = Tensor::ones({1001});
  Example e{ones, Tensor::full({3, 5}, 1e25)};
  CHECK(optim::clip_norm(e.gradients, 2.0) == Approx(std::sqrt(15.0) * 1e25).epsilon(1e-6));
  Example f{ones, Tensor::zeros({1})};
  CHECK(optim::clip_norm(f.gradients, 1.0) == Approx(std::sqrt(1001.0)).epsilon(1e-15));
  CHECK(f.gradients[f.a].dtype() == DType::f32);
  CHECK(f.gradients[f.a].at({1000}) == Approx(1.0 / std::sqrt(1001.0)).epsilon(1e-6));
}

TEST_CASE("Squares of gradients neither overflow nor vanish in the norm") {
  for (const double size : {1e200, 1.3e154, 1e154, 1e-150, 1e-154, 1e-162, 1e-170, 1e-300, 5e-324}) {
    for (const DType dtype : {DType::f64, DType::f32}) {
      CAPTURE(size);
      Example e{Tensor::from({size, 0.0}, {2}), Tensor::full({1}, dtype == DType::f32 ? 1e-30 : -size, dtype)};
      const double norm = optim::clip_norm(e.gradients, size);
      CHECK(norm == Approx(dtype == DType::f32 ? std::hypot(size, 1e-30f) : std::sqrt(2.0) * size).epsilon(1e-15));
      if (size > 1e-300) CHECK(e.gradients[e.a].at({0}) == Approx(size * (size / norm)).epsilon(1e-15));
    }
  }
}

TEST_CASE("Gradients are scaled to the limit from wherever their norm lies, also beyond the largest number") {
  const double largest = std::numeric_limits<double>::max();
  for (const double limit : {1.0, 1e-300, 1e-150, 1e200}) {
    Example e{Tensor::from({largest, -largest}, {2}), Tensor::from({largest, 1e250}, {2})};
    CHECK(std::isinf(optim::clip_norm(e.gradients, limit)));
    CHECK(e.gradients[e.a].at({1}) == Approx(-limit / std::sqrt(3.0)).epsilon(1e-15));
    CHECK(optim::clip_norm(e.gradients, 2.0 * limit) == Approx(limit).epsilon(1e-15));
  }
  Example far{Tensor::from({3e200}, {1}), Tensor::from({-4e200}, {1})};
  CHECK(optim::clip_norm(far.gradients, 1e-200) == Approx(5e200).epsilon(1e-15));
  CHECK(far.gradients[far.a].item() == Approx(6e-201).epsilon(1e-15));
  Example near{Tensor::from({3e-200}, {1}), Tensor::from({-4e-200}, {1})};
  CHECK(optim::clip_norm(near.gradients, 1e-210) == Approx(5e-200).epsilon(1e-15));
  CHECK(near.gradients[near.b].item() == Approx(-8e-211).epsilon(1e-15));
}

TEST_CASE("Gradients whose norm is not finite stay as they are, and the norm says so") {
  Example with_nan{Tensor::from({3.0, nan_value}, {2}), Tensor::from({4.0}, {1})};
  CHECK(std::isnan(optim::clip_norm(with_nan.gradients, 1.0)));
  CHECK(with_nan.gradients[with_nan.a].at({0}) == 3.0);
  Example with_infinity{Tensor::from({3.0, -infinity}, {2}), Tensor::from({4.0}, {1})};
  CHECK(std::isinf(optim::clip_norm(with_infinity.gradients, 1.0)));
  CHECK(with_infinity.gradients[with_infinity.b].at({0}) == 4.0);
}

TEST_CASE("Strided gradients are clipped element for element") {
  Example e{Tensor::zeros({2, 3}, DType::f64), Tensor::zeros({1}, DType::f64)};
  const Tensor strided = Tensor::from({1.0, -2.0, 3.0, -4.0, 5.0, -6.0}, {3, 2}).transpose();
  const std::size_t of_a = e.gradients.entries()[0].parameter == e.a ? 0 : 1;
  e.gradients.replace(of_a, strided);
  Gradients by_value = e.gradients;
  optim::clip_value(by_value, 2.5);
  CHECK(list(by_value[e.a]) == Numbers{1.0, 2.5, 2.5, -2.0, -2.5, -2.5});
  CHECK(optim::clip_norm(e.gradients, 1.0) == Approx(std::sqrt(91.0)).epsilon(1e-15));
  CHECK(e.gradients[e.a].at({1, 2}) == Approx(-6.0 / std::sqrt(91.0)).epsilon(1e-15));
  CHECK(strided.at({1, 2}) == -6.0);
}

TEST_CASE("Clipping by value cuts every element to the limit, and NaN stays NaN") {
  Example e{Tensor::from({3.0, -0.5, nan_value, -infinity}, {4}), Tensor::from({0.5f, -2.0f}, {2})};
  optim::clip_value(e.gradients, 1.0);
  const Numbers a = list(e.gradients[e.a]);
  CHECK(a[0] == 1.0);
  CHECK(a[1] == -0.5);
  CHECK(std::isnan(a[2]));
  CHECK(a[3] == -1.0);
  CHECK(list(e.gradients[e.b]) == Numbers{0.5, -1.0});
  CHECK(e.gradients[e.b].dtype() == DType::f32);
}

TEST_CASE("Clipping by value takes no memory where every element is within the limit") {
  Example e{Tensor::from({3.0, -0.5, nan_value}, {3}), Tensor::from({0.5f, -2.0f}, {2})};
  const void* memory = e.gradients[e.a].raw();
  const std::uint64_t before = counting_new::calls();
  optim::clip_value(e.gradients, 3.0);
  optim::clip_value(e.gradients, 1e300);
  const std::uint64_t calls = counting_new::calls() - before;
  CHECK(e.gradients[e.a].raw() == memory);
  if (counting_new::works) CHECK(calls == 0);
}

TEST_CASE("A limit must be finite and above 0") {
  Example e{Tensor::from({3.0}, {1}), Tensor::from({4.0}, {1})};
  for (const double limit : {0.0, -1.0, infinity, nan_value}) {
    CHECK_THROWS_AS(optim::clip_norm(e.gradients, limit), ValueError);
    CHECK_THROWS_AS(optim::clip_value(e.gradients, limit), ValueError);
  }
  CHECK_THROWS_WITH(optim::clip_norm(e.gradients, -1.0),
                    ContainsSubstring("clip_norm: the limit must be finite and above 0, got -1\n  at clip_test.cpp:"));
  CHECK_THROWS_WITH(
      optim::clip_value(e.gradients, nan_value),
      ContainsSubstring("clip_value: the limit must be finite and above 0, got nan\n  at clip_test.cpp:"));
  CHECK(e.gradients[e.a].item() == 3.0);
}
