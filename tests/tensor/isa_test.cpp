#include <capstan/tensor/isa.hpp>

#include <string>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"
#include "supported_isas.hpp"

using namespace capstan;
using namespace capstan::kernels;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;

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
  for (const char* name : {"sse9", "AVX2", " avx2", "avx"}) {
    REQUIRE_THROWS_AS(parse_isa(name), ValueError);
    REQUIRE_THROWS_WITH(parse_isa(name), Contains("CAPSTAN_ISA: must be one of what this processor runs (portable") &&
                                             EndsWith(fmt::format(", got \"{}\"", name)));
  }
}

TEST_CASE("CAPSTAN_ISA refuses an instruction set that the processor does not have") {
  const auto narrow = [](Isa isa) noexcept { return isa != Isa::avx512; };
  CHECK(parse_isa("avx2", narrow) == Isa::avx2);
  REQUIRE_THROWS_WITH(parse_isa("avx512", narrow),
                      "CAPSTAN_ISA: must be one of what this processor runs (portable, avx2), got \"avx512\"");
}
