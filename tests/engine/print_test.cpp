// std::cout << value prints what fmt prints.
#include <sstream>
#include <string>

#include <capstan/graph/parameter.hpp>
#include <capstan/graph/tape.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/tensor/format.hpp>

#include "catch.hpp"

using namespace capstan;

namespace {

std::string printed(const auto& value) {
  std::ostringstream out;
  out << value;
  return out.str();
}

}  // namespace

TEST_CASE("tensors, shapes, dtypes and parameters print to a stream as fmt prints them") {
  const Tensor x = Tensor::from({1, 2.5, 3}, {3}), large = Tensor::zeros({200, 30});
  CHECK(printed(x) == "[1, 2.5, 3]");
  CHECK(printed(large) == fmt::format("{}", large));
  CHECK(printed(Shape{3, 4}) == "(3, 4)");
  CHECK(printed(DType::i32) == "i32");
  CHECK(printed(Parameter{"w", Tensor::ones({2})}) == "[1, 1]");
}

TEST_CASE("a Var prints its value, which is computed if need be, and names the line where it cannot") {
  Tape tape;
  const Var x = tape.constant(Tensor::from({1.0, 2.0}, {2}));
  std::ostringstream out;
  out << x * 2.0 << ' ' << x;
  CHECK(out.str() == "[2, 4] [1, 2]");
  tape.rewind();
  CHECK_THROWS_AS(out << x, StaleVarError);
  CHECK_THROWS_WITH(out << x, Catch::ContainsSubstring("\n  at print_test.cpp:"));
}
