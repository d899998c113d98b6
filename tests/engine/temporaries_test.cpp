// What is asked of a temporary outlives it.
#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <capstan/graph/check_gradient.hpp>
#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/graph/tape_graph.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>

#include <capstan/tensor/engine.hpp>
#include "catch.hpp"

using namespace capstan;

namespace {

template <class T>
concept GivesEdges = requires(T&& graph) { edges(std::forward<T>(graph)); };

double sum_of(std::span<const double> numbers) {
  double sum = 0.0;
  for (const double number : numbers) sum += number;
  return sum;
}

}  // namespace

TEST_CASE("A gradient of temporary gradients stays as it is in the next backward") {
  Tape tape;
  const Var x = tape.variable(Tensor::scalar(3.0, DType::f64));
  const Tensor& dx = tape.backward(x * x)[x];
  const Tensor& dy = tape.backward(2.0 * x * x)[x];
  CHECK(dx.item() == 6.0);
  CHECK(dy.item() == 12.0);
  CHECK(tape.backward(x * x)[x].item() == 6.0);
}

TEST_CASE("So does the gradient of a parameter, and what find and entries give") {
  const Parameter p{"p", Tensor::full({2}, 3.0, DType::f64)};
  Tape tape;
  const Var x = tape.variable(Tensor::full({2}, 3.0, DType::f64));
  const auto once = [&](double factor) { return tape.backward(sum(factor * x * tape.parameter(p))); };
  const Tensor& dp = once(1.0)[p];
  const std::optional<Tensor> by_parameter = once(2.0).find(p), by_var = once(3.0).find(x);
  const std::vector<Gradients::Entry> all = once(4.0).entries();
  const std::optional<Tensor> none = once(5.0).find(tape.constant(Tensor::ones({2})));
  tape.rewind();
  (void)tape.backward(sum(100.0 * square(tape.variable(Tensor::full({2}, 3.0, DType::f64)))));
  CHECK(dp.at({1}) == 3.0);
  CHECK(by_parameter.value().at({1}) == 6.0);
  CHECK(by_var.value().at({0}) == 9.0);
  REQUIRE(all.size() == 2);
  CHECK(all[0].value().at({0}) == 12.0);
  CHECK_FALSE(none.has_value());
}

TEST_CASE("Elements of a temporary tensor keep their memory") {
  const auto numbers = Tensor::full({1000}, 2.0, DType::f64).data<double>();
  const Tensor other = Tensor::full({1000}, 3.0, DType::f64);
  CHECK(sum_of(numbers) == 2000.0);
  CHECK(sum_of(Tensor::full({1000}, 2.0, DType::f64).data<double>()) == 2000.0);
  double sum = 0.0;
  for (const double number : Tensor::full({1000}, 2.0, DType::f64).data<double>()) sum += number;
  CHECK(sum == 2000.0);
  auto writable = Tensor::full({10}, 2.0, DType::f64).mutable_data<double>();
  writable[3] = 4.0;
  CHECK(sum_of(writable) == 22.0);
}

TEST_CASE("Shape and strides of a temporary tensor, and extents of a temporary shape, are values") {
  const Shape& shape = Tensor::ones({3, 4}).shape();
  const Strides& strides = Tensor::ones({3, 4}).strides();
  const auto extents = Shape{5, 6}.extents();
  const StoragePtr& storage = Tensor::ones({3, 4}).storage();
  CHECK(shape == Shape{3, 4});
  CHECK(strides == Strides{4, 1});
  CHECK(extents[1] == 6);
  CHECK(storage->bytes() == 48);
  std::int64_t product = 1;
  for (const std::int64_t extent : Tensor::ones({3, 4}).shape()) product *= extent;
  CHECK(product == 12);
}

TEST_CASE("Name, value and shape of a temporary parameter outlive it") {
  const auto made = [] { return Parameter{"a name that is long enough to be on the heap", Tensor::ones({3})}; };
  const std::string& name = made().name();
  const Tensor& value = made().value();
  const Shape& shape = made().shape();
  CHECK(name == "a name that is long enough to be on the heap");
  CHECK(value.at({2}) == 1.0);
  CHECK(shape == Shape{3});
}

TEST_CASE("The worst element of a temporary report outlives it, and a temporary graph gives no edges") {
  const auto& worst =
      check_gradient([](std::span<const Var> v) { return square(v[0]); }, {Tensor::full({3}, 2.0, DType::f64)}).worst();
  CHECK(worst.position.size() == 1);
  STATIC_REQUIRE(GivesEdges<const TapeGraph&>);
  STATIC_REQUIRE_FALSE(GivesEdges<TapeGraph>);
}
