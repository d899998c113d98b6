// The instruction set that a whole program runs with.
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include <capstan/tensor/isa.hpp>

#include "catch.hpp"
#include "supported_isas.hpp"

using namespace capstan;
using namespace capstan::kernels;
using Catch::Matchers::EndsWith;
using Catch::Matchers::StartsWith;

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

TEST_CASE("a program with a wrong CAPSTAN_ISA is told so by every tape that it makes, and nothing is recorded") {
  const std::vector<std::string> lines = lines_with("sse9");
  REQUIRE(lines.size() == 6);
  for (const std::string& line : lines) {
    CHECK_THAT(line, StartsWith("ValueError, making a tape: CAPSTAN_ISA: ") && EndsWith(", got \"sse9\""));
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
