#include <array>
#include <utility>

#include <capstan/graph/parameter.hpp>
#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

TEST_CASE("A parameter takes a copy of its value") {
  Tensor value = Tensor::from({1.0, 2.0, 3.0, 4.0}, {2, 2});
  const Parameter p{"W1", value};
  value.set({0, 0}, 9.0);
  CHECK(p.name() == "W1");
  CHECK(p.shape() == Shape{2, 2});
  CHECK(p.dtype() == DType::f64);
  CHECK(p.value().at({0, 0}) == 1.0);
}

TEST_CASE("A parameter takes the memory of a tensor that nobody else looks at") {
  Tensor fresh = Tensor::ones({2, 3});
  const void* const memory = fresh.raw();
  CHECK(Parameter{"p", std::move(fresh)}.value().raw() == memory);

  Tensor shared = Tensor::ones({2, 3});
  Tensor other = shared;
  const Parameter p{"p", std::move(shared)};
  other.set({0, 0}, 9.0);
  CHECK(p.value().at({0, 0}) == 1.0);
  std::array<float, 6> users{};
  CHECK(Parameter{"p", Tensor::wrap(users.data(), {2, 3})}.value().raw() != users.data());
  CHECK(Parameter{"p", Tensor::ones({4, 3}).slice({.axis = 0, .start = 0, .stop = 2})}.value().storage()->bytes() ==
        24);
  CHECK_THROWS_AS(Parameter("labels", Tensor::zeros({2}, DType::i32)), DTypeError);
}

TEST_CASE("A parameter's value is row-major whatever it was made of") {
  const Parameter p{"W", Tensor::from({1.0, 2.0, 3.0, 4.0, 5.0, 6.0}, {2, 3}).transpose()};
  CHECK(p.value().is_contiguous());
  CHECK(p.value().at({2, 1}) == 6.0);
  CHECK(Parameter{"b", Tensor::scalar(2.0).broadcast_to({3, 1})}.value().is_contiguous());
}

TEST_CASE("Copies of a parameter share the value, and a clone has its own") {
  Parameter p{"W", Tensor::zeros({2})};
  const Parameter copy = p;
  const Parameter clone = p.clone();
  p.assign(Tensor::ones({2}));
  CHECK(copy == p);
  CHECK(copy.identity() == p.identity());
  CHECK(copy.value().at({1}) == 1.0);
  CHECK_FALSE(clone == p);
  CHECK(clone.name() == "W");
  CHECK(clone.value().at({1}) == 0.0);
}

TEST_CASE("Writing a parameter makes a new version in the same memory") {
  Parameter p{"W", Tensor::zeros({2})};
  const Tensor before = p.value();
  const auto version = p.version();
  p.assign(Tensor::ones({2}));
  CHECK(p.version() == version + 1);
  CHECK(before.raw() == p.value().raw());
  CHECK(before.at({0}) == 1.0);
}

TEST_CASE("A parameter of i32 is refused by name and line") {
  CHECK_THROWS_AS(Parameter("labels", Tensor::zeros({2}, DType::i32)), DTypeError);
  CHECK_THROWS_WITH(
      Parameter("labels", Tensor::zeros({2}, DType::i32)),
      ContainsSubstring("parameter \"labels\": dtype must be f32 or f64, got i32\n  at parameter_test.cpp:"));
}

TEST_CASE("A value of another shape or dtype is refused and nothing is written") {
  Parameter p{"W", Tensor::zeros({2, 3})};
  const auto version = p.version();
  CHECK_THROWS_AS(p.assign(Tensor::ones({3, 2})), ShapeError);
  CHECK_THROWS_WITH(
      p.assign(Tensor::ones({3, 2})),
      ContainsSubstring("assign: parameter \"W\" has shape (2, 3), got (3, 2)\n  at parameter_test.cpp:"));
  CHECK_THROWS_AS(p.assign(Tensor::ones({2, 3}, DType::f64)), DTypeError);
  CHECK_THROWS_WITH(p.assign(Tensor::ones({2, 3}, DType::f64)),
                    ContainsSubstring("assign: parameter \"W\" is f32, got f64\n  at parameter_test.cpp:"));
  CHECK(p.version() == version);
  CHECK(p.value().at({0, 0}) == 0.0);
}
