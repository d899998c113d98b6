#include <capstan/models/decision.hpp>

#include <cmath>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using models::Decision;

namespace {

const std::source_location here = std::source_location::current();
const std::string at = "\n  at " + engine::place(here);

}  // namespace

TEST_CASE("decide cuts each output at one half, takes the largest of each example, or leaves outputs as they are") {
  const Tensor p = Tensor::from({0.1, 0.7, 0.5, 0.9, 0.7, 0.6}, {2, 3});
  const Tensor cut = models::decide(p, Decision::above_half), best = models::decide(p, Decision::largest);
  REQUIRE(cut.shape() == Shape{2, 3});
  CHECK(cut.dtype() == DType::f64);
  CHECK(cut.at({0, 0}) == 0.0);
  CHECK(cut.at({0, 1}) == 1.0);
  CHECK(cut.at({0, 2}) == 0.0);  // exactly one half
  CHECK(cut.at({1, 2}) == 1.0);
  REQUIRE(best.shape() == Shape{3});
  CHECK(best.dtype() == DType::i32);
  CHECK(best.at({0}) == 1.0);
  CHECK(best.at({1}) == 0.0);  // the first of equal ones
  CHECK(best.at({2}) == 1.0);
  CHECK(models::decide(p, Decision::none).raw() == p.raw());
  CHECK(p.at({0, 0}) == 0.1);
}

TEST_CASE("decide chooses no class for an output that is NaN, at any position") {
  const Tensor p = Tensor::from({NAN, 1.0F, 0.0F, 2.0F, NAN, 1.0F, 3.0F, 0.0F, NAN}, {3, 3});
  const Tensor best = models::decide(p, Decision::largest), cut = models::decide(p, Decision::above_half);
  for (std::int64_t i = 0; i < 3; ++i) {
    CHECK(best.at({i}) == -1.0);
    CHECK(std::isnan(cut.at({i, i})));
  }
}

TEST_CASE("decide refuses outputs of another rank, the largest of no units, and a number that is no Decision") {
  CHECK_THROWS_AS(models::decide(Tensor::zeros({3}), Decision::largest), ShapeError);
  CHECK_THROWS_WITH(models::decide(Tensor::zeros({2, 3, 4}), Decision::above_half, here),
                    "decide: outputs must be (units, m), got (2, 3, 4)\n  outputs: (2, 3, 4) of f32" + at);
  CHECK_THROWS_AS(models::decide(Tensor::zeros({0, 4}), Decision::largest), ShapeError);
  CHECK(models::decide(Tensor::zeros({0, 4}), Decision::above_half).shape() == Shape{0, 4});
  CHECK_THROWS_AS(models::decide(Tensor::zeros({2, 4}), static_cast<Decision>(9)), ValueError);
  CHECK(models::name_of(Decision::above_half) == "above_half");
}
