#include <capstan/tensor/dtype.hpp>

#include <cstdint>
#include <type_traits>

#include <fmt/core.h>

#include <capstan/tensor/format.hpp>

#include "catch.hpp"

using namespace capstan;

TEST_CASE("Every dtype knows its name, its size and whether it has fractions") {
  CHECK(name_of(DType::f32) == "f32");
  CHECK(name_of(DType::f64) == "f64");
  CHECK(name_of(DType::i32) == "i32");
  CHECK(size_of(DType::f32) == sizeof(float));
  CHECK(size_of(DType::f64) == sizeof(double));
  CHECK(size_of(DType::i32) == sizeof(std::int32_t));
  CHECK(is_floating(DType::f32));
  CHECK(is_floating(DType::f64));
  CHECK_FALSE(is_floating(DType::i32));
}

TEST_CASE("The dtype of a C++ element type is its own") {
  STATIC_REQUIRE(dtype_of<float>() == DType::f32);
  STATIC_REQUIRE(dtype_of<double>() == DType::f64);
  STATIC_REQUIRE(dtype_of<std::int32_t>() == DType::i32);
  STATIC_REQUIRE_FALSE(Element<std::int64_t>);
  STATIC_REQUIRE_FALSE(Element<const float>);
}

TEST_CASE("A dtype prints as its name") { CHECK(fmt::format("{:>5}|{}", DType::f64, DType::i32) == "  f64|i32"); }
