#include <capstan/optim/plateau.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include <capstan/tensor/engine.hpp>
#include <capstan/tensor/error.hpp>

#include "groups.hpp"

namespace capstan::optim {

namespace {

constexpr std::string_view who = "Plateau";

template <class Value>
void check(bool fine, std::string_view rule, const Value& value, const std::source_location& where) {
  if (!fine) throw ValueError{fmt::format("{}: {}, got {}\n  at {}", who, rule, value, place(where))};
}

}  // namespace

Plateau::Plateau(const PlateauOptions& options, std::source_location where)
    : options_{options}, state_{.learning_rate = options.learning_rate} {
  const double rate = options.learning_rate;
  check_not_negative(who, "learning_rate", rate, where);
  check_not_negative(who, "lowest", options.lowest, where);
  check(options.lowest <= rate, "lowest must be at most learning_rate",
        fmt::format("{} for learning_rate {}", options.lowest, rate), where);
  check(options.factor > 0.0 && options.factor < 1.0, "factor must be above 0 and below 1", options.factor, where);
  check(options.patience >= 0, "patience must not be negative", options.patience, where);
  check(options.cooldown >= 0, "cooldown must not be negative", options.cooldown, where);
  check_share(who, "threshold", options.threshold, where);
}

double Plateau::update(double measured) {
  State& s = state_;
  // An infinite best has no part that could be subtracted.
  const bool better =
      std::isinf(s.best) ? measured < s.best : measured < s.best - options_.threshold * std::fabs(s.best);
  if (better) s.best = measured;
  s.waited = better ? 0 : s.waited + 1;
  if (s.cooling > 0) {
    --s.cooling;
    s.waited = 0;
  }
  if (s.waited > options_.patience) {
    s.learning_rate = std::max(s.learning_rate * options_.factor, options_.lowest);
    s.cooling = options_.cooldown;
    s.waited = 0;
  }
  return s.learning_rate;
}

void Plateau::set_state(const State& state, std::source_location where) {
  check_not_negative(who, "learning_rate of the state", state.learning_rate, where);
  check(state.waited >= 0, "waited of the state must not be negative", state.waited, where);
  check(state.cooling >= 0, "cooling of the state must not be negative", state.cooling, where);
  state_ = state;
}

}  // namespace capstan::optim
