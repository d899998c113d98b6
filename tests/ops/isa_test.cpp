#include <array>

#include <capstan/graph/error.hpp>

#include "catch.hpp"
#include "kernel_call.hpp"
#include "kernels/isa.hpp"

using namespace capstan;
using namespace capstan::kernels;

TEST_CASE("the portable instruction set is always supported, and the best one is supported") {
  CHECK(is_supported(Isa::portable));
  CHECK(is_supported(best_isa()));
  CHECK(is_supported(chosen_isa()));
}

TEST_CASE("CAPSTAN_ISA chooses an instruction set by its name") {
  for (const Isa isa : supported_isas()) CHECK(parse_isa(std::string{name_of(isa)}.c_str()) == isa);
  CHECK(parse_isa(nullptr) == best_isa());
  CHECK(parse_isa("") == best_isa());
}

TEST_CASE("CAPSTAN_ISA refuses a name that is none, by variable and value") {
  REQUIRE_THROWS_AS(parse_isa("sse9"), ValueError);
  REQUIRE_THROWS_WITH(parse_isa("sse9"), "CAPSTAN_ISA: must be portable, avx2 or avx512, got \"sse9\"");
  REQUIRE_THROWS_WITH(parse_isa("AVX2"), "CAPSTAN_ISA: must be portable, avx2 or avx512, got \"AVX2\"");
}

TEST_CASE("CAPSTAN_ISA refuses an instruction set that this processor cannot run") {
  for (const Isa isa : all_isas) {
    if (is_supported(isa)) continue;
    const std::string name{name_of(isa)};
    REQUIRE_THROWS_WITH(parse_isa(name.c_str()), "CAPSTAN_ISA: this processor cannot run \"" + name + "\"");
  }
}

TEST_CASE("every elementwise op has kernels for f32 and f64 in every instruction set, and a name of its own") {
  const auto ops = elementwise::all_ops();
  REQUIRE(ops.size() > 40);
  for (std::size_t i = 0; i < ops.size(); ++i) {
    CAPTURE(ops[i]().name());
    CHECK(position_of(ops[i]().name()) == i);
    for (const Isa isa : supported_isas()) {
      CHECK(elementwise_kernel(i, DType::f32, isa) != nullptr);
      CHECK(elementwise_kernel(i, DType::f64, isa) != nullptr);
    }
  }
}
