#include <capstan/optim/plateau.hpp>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <capstan/tensor/error.hpp>

#include "catch.hpp"

using namespace capstan;
using Catch::ContainsSubstring;
using optim::Plateau;
using optim::PlateauOptions;

namespace {

std::vector<double> rates(Plateau& plateau, const std::vector<double>& measured) {
  std::vector<double> found;
  for (const double x : measured) found.push_back(plateau.update(x));
  return found;
}

using Rates = std::vector<double>;

}  // namespace

TEST_CASE("The rate falls when nothing has been better for longer than the patience") {
  Plateau plateau{{.learning_rate = 1.0, .factor = 0.5, .patience = 1, .threshold = 0.1}};
  // 0.95 is no better than 1 by a tenth; 0.85 is.
  CHECK(rates(plateau, {1.0, 0.95, 0.85, 0.85, 0.85, 0.85, 0.85, 0.1}) == Rates{1, 1, 1, 1, 0.5, 0.5, 0.25, 0.25});
  CHECK(plateau.learning_rate() == 0.25);
}

TEST_CASE("After a reduction, measurements do not count while it cools down") {
  Plateau plateau{{.learning_rate = 1.0, .factor = 0.5, .patience = 0, .cooldown = 2}};
  CHECK(rates(plateau, {1.0, 1.0, 1.0, 1.0, 1.0}) == Rates{1, 0.5, 0.5, 0.5, 0.25});
}

TEST_CASE("The rate does not fall below the lowest, and NaN and infinity are no improvement") {
  Plateau plateau{{.learning_rate = 1.0, .factor = 0.1, .patience = 0, .lowest = 0.05}};
  const double infinity = std::numeric_limits<double>::infinity();
  CHECK(rates(plateau, {std::nan(""), infinity, 1.0}) == Rates{0.1, 0.05, 0.05});
}

TEST_CASE("Costs below 0 are better where they are lower") {
  Plateau plateau{{.learning_rate = 1.0, .factor = 0.5, .patience = 0, .threshold = 0.1}};
  CHECK(rates(plateau, {-1.0, -1.05, -1.2, -1.2}) == Rates{1, 0.5, 0.5, 0.25});
}

TEST_CASE("A plateau that is continued from its state goes on as it would have") {
  const PlateauOptions options{.learning_rate = 1.0, .factor = 0.5, .patience = 2, .cooldown = 1};
  const std::vector<double> measured{1, 2, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4, 0.5, 0.5, 0.5, 0.5, 0.5};
  Plateau whole{options};
  const Rates expected = rates(whole, measured);
  for (std::size_t at = 0; at <= measured.size(); ++at) {
    Plateau first{options}, second{options};
    Rates found = rates(first, {measured.begin(), measured.begin() + static_cast<std::ptrdiff_t>(at)});
    second.set_state(first.state());
    for (const double rate : rates(second, {measured.begin() + static_cast<std::ptrdiff_t>(at), measured.end()}))
      found.push_back(rate);
    CHECK(found == expected);
  }
}

TEST_CASE("Options of a plateau that are out of range or contradict each other are refused by name and value") {
  const auto refused = [](const PlateauOptions& options, const std::string& text) {
    INFO(text);
    CHECK_THROWS_AS(Plateau{options}, ValueError);
    CHECK_THROWS_WITH(Plateau{options}, ContainsSubstring("Plateau: " + text + "\n  at plateau_test.cpp:"));
  };
  refused({.learning_rate = -1.0}, "learning_rate must be finite and not negative, got -1");
  refused({.learning_rate = 0.1, .factor = 1.0}, "factor must be above 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .patience = -1}, "patience must not be negative, got -1");
  refused({.learning_rate = 0.1, .threshold = 1.0}, "threshold must be at least 0 and below 1, got 1");
  refused({.learning_rate = 0.1, .cooldown = -2}, "cooldown must not be negative, got -2");
  refused({.learning_rate = 0.1, .lowest = 0.2}, "lowest must be at most learning_rate, got 0.2 for learning_rate 0.1");
  Plateau plateau{{.learning_rate = 1.0}};
  CHECK_THROWS_WITH(plateau.set_state({.learning_rate = -1.0}), ContainsSubstring("learning_rate of the state"));
  CHECK_THROWS_WITH(plateau.set_state({.waited = -1}), ContainsSubstring("waited of the state must not be negative"));
  CHECK_THROWS_WITH(plateau.set_state({.cooling = -1}), ContainsSubstring("cooling of the state must not be negative"));
  CHECK(plateau.learning_rate() == 1.0);
}
