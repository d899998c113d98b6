// Tensors over the user's memory: spans, vectors, and memory that is const.
#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/tensor.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;

namespace {

template <class R>
concept Wraps = requires(R&& memory) { Tensor::wrap(std::forward<R>(memory), {3}); };

static_assert(Wraps<std::vector<float>&> && Wraps<const std::vector<std::int32_t>&> && Wraps<std::span<const double>> &&
              Wraps<std::span<float>> && Wraps<std::array<float, 3>&> && Wraps<float*> && Wraps<const double*> &&
              Wraps<const float (&)[3]>);
// Memory that ends with the expression, and elements that no tensor has.
static_assert(!Wraps<std::vector<float>> && !Wraps<const std::vector<float>> && !Wraps<std::array<float, 3>> &&
              !Wraps<std::vector<std::int64_t>&> && !Wraps<std::vector<bool>&> && !Wraps<const char*>);

}  // namespace

TEST_CASE("wrap takes the memory of a vector, an array or a span, which must hold as many elements as the shape") {
  std::vector<float> mine{1.0F, 2.0F, 3.0F, 4.0F};
  Tensor x = Tensor::wrap(mine, {2, 2});
  x.set({1, 0}, 9.0);
  CHECK(mine[2] == 9.0F);
  CHECK(Tensor::wrap(std::span(mine).first(3), {3}).raw() == mine.data());
  std::array<std::int32_t, 2> labels{0, 1};
  CHECK(Tensor::wrap(labels, {2}).dtype() == DType::i32);
  CHECK_THROWS_AS(Tensor::wrap(mine, {5}), ShapeError);
  CHECK_THROWS_AS(Tensor::wrap(mine, {3}), ShapeError);
  CHECK_THROWS_WITH(Tensor::wrap(mine, {5}),
                    ContainsSubstring("wrap: shape (5) has 5 elements, got 4\n  at wrap_test.cpp:"));
}

TEST_CASE("const memory is read and never written, through no view of it either") {
  const std::vector<double> mine{1.0, 2.0, 3.0, 4.0};
  Tensor x = Tensor::wrap(mine, {2, 2});
  CHECK(x.raw() == mine.data());
  CHECK(x.at({1, 1}) == 4.0);
  Tensor view = x.transpose().slice({.stop = 1}), span = Tensor::wrap(std::span<const double>(mine), {4}),
         pointer = Tensor::wrap(mine.data(), {4});
  for (Tensor* tensor : {&x, &view, &span, &pointer}) {
    const std::vector<std::int64_t> first(tensor->rank(), 0);
    CHECK_THROWS_AS(tensor->set(first, 5.0), ValueError);
    CHECK_THROWS_WITH(tensor->set(first, 5.0),
                      ContainsSubstring("set: the elements of this tensor of shape ") &&
                          ContainsSubstring("are const memory, which was wrapped; copy() gives some that can be "
                                            "written\n  at wrap_test.cpp:"));
    CHECK_THROWS_AS(tensor->assign(Tensor::zeros(tensor->shape(), DType::f64)), ValueError);
  }
  CHECK_THROWS_AS(x.mutable_data<double>(), ValueError);
  CHECK_THROWS_WITH(x.mutable_data<double>(),
                    ContainsSubstring("mutable_data: the elements of this tensor of shape (2, "
                                      "2) are const memory") &&
                        ContainsSubstring("\n  at wrap_test.cpp:"));
  CHECK(x.version() == 0);
  CHECK(mine == std::vector<double>{1.0, 2.0, 3.0, 4.0});
  Tensor own = x.copy();
  own.set({0, 0}, 5.0);
  CHECK(mine[0] == 1.0);
}

TEST_CASE("const memory is a constant or a parameter's first value like any other") {
  const std::vector<double> mine{1.0, 2.0};
  Tape tape;
  CHECK((tape.constant(Tensor::wrap(mine, {2})) * 3.0).value().at({1}) == 6.0);
  Parameter p{"p", Tensor::wrap(mine, {2})};
  p.assign(Tensor::zeros({2}, DType::f64));
  CHECK(mine[0] == 1.0);
}
