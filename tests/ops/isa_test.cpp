#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <capstan/tensor/error.hpp>
#include <capstan/tensor/isa.hpp>

#include "catch.hpp"
#include "kernel_call.hpp"

using namespace capstan;
using namespace capstan::kernels;
using Catch::Matchers::Contains;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

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

namespace {

/// The lines that isa_program prints, which computes a few ops and says for each what they give or why not.
std::vector<std::string> lines_with(std::string_view isa) {
  const std::string command = fmt::format("CAPSTAN_ISA='{}' '{}'", isa, CAPSTAN_ISA_PROGRAM);
  const std::unique_ptr<FILE, int (*)(FILE*)> output{popen(command.c_str(), "r"), pclose};
  REQUIRE(output != nullptr);
  std::vector<std::string> lines{""};
  for (int c = std::fgetc(output.get()); c != EOF; c = std::fgetc(output.get())) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += static_cast<char>(c);
    }
  }
  lines.pop_back();
  return lines;
}

}  // namespace

TEST_CASE("a program with a wrong CAPSTAN_ISA is told so by every op, and nothing is recorded") {
  const std::vector<std::string> lines = lines_with("sse9");
  REQUIRE(lines.size() == 6);
  for (const std::string& line : lines) {
    CHECK_THAT(line, StartsWith("ValueError, 1 node: CAPSTAN_ISA: ") && EndsWith(", got \"sse9\""));
  }
}

TEST_CASE("a program computes with the instruction set that CAPSTAN_ISA names, and the same but for rounding") {
  const std::vector<std::string> portable = lines_with("portable");
  for (const Isa isa : supported_isas()) {
    const std::vector<std::string> lines = lines_with(name_of(isa));
    REQUIRE(lines.size() == portable.size());
    CHECK(lines[0] == name_of(isa));
    for (std::size_t i = 1; i < lines.size(); ++i)
      CHECK(std::stod(lines[i]) == Approx(std::stod(portable[i])).epsilon(1e-6));
  }
}

TEST_CASE("every elementwise kernel is there for f32 and f64 in every instruction set, and has a name of its own") {
  REQUIRE(kernel_names.size() > 40);
  for (std::size_t i = 0; i < kernel_names.size(); ++i) {
    CAPTURE(kernel_names[i]);
    CHECK(position_of(kernel_names[i]) == i);
    for (const Isa isa : supported_isas()) {
      CHECK(elementwise_kernel(i, DType::f32, isa) != nullptr);
      CHECK(elementwise_kernel(i, DType::f64, isa) != nullptr);
    }
  }
}
