#include <array>
#include <functional>
#include <set>

#include "life.hpp"

namespace lives {

namespace {

using Fails = std::function<bool(const Life&)>;

/// Takes a simpler life if it fails too.
bool take(Life& life, Life simpler, const Fails& fails) {
  if (!fails(simpler)) return false;
  life = std::move(simpler);
  return true;
}

bool drop_steps(Life& life, const Fails& fails) {
  bool changed = false;
  for (std::size_t i = life.steps.size(); i-- > 0;) {
    Life simpler = life;
    simpler.steps.erase(simpler.steps.begin() + static_cast<std::ptrdiff_t>(i));
    changed |= take(life, std::move(simpler), fails);
  }
  return changed;
}

/// From all steps at once: steps that are alike stay alike.
bool drop_everywhere(Life& life, const Fails& fails) {
  std::set<std::uint32_t, std::greater<>> made;
  for (const Step& step : life.steps) {
    for (const Action& action : step.actions) made.insert(action.to);
  }
  bool changed = false;
  for (const std::uint32_t to : made) {
    Life simpler = life;
    for (Step& step : simpler.steps) std::erase_if(step.actions, [to](const Action& a) { return a.to == to; });
    changed |= take(life, std::move(simpler), fails);
  }
  return changed;
}

bool drop_actions(Life& life, const Fails& fails) {
  bool changed = false;
  for (std::size_t i = 0; i < life.steps.size(); ++i) {
    for (std::size_t j = life.steps[i].actions.size(); j-- > 0;) {
      Life simpler = life;
      simpler.steps[i].actions.erase(simpler.steps[i].actions.begin() + static_cast<std::ptrdiff_t>(j));
      changed |= take(life, std::move(simpler), fails);
    }
  }
  return changed;
}

void simplify(Life& life, const Fails& fails) {
  static constexpr std::array<void (*)(Life&), 4> ways{[](Life& x) { x.eager = false; }, [](Life& x) { x.threads = 1; },
                                                       [](Life& x) { x.memory_budget = 0; },
                                                       [](Life& x) { x.size = Size::small; }};
  for (const auto way : ways) {
    Life simpler = life;
    way(simpler);
    take(life, std::move(simpler), fails);
  }
  for (std::size_t i = 0; i < life.steps.size(); ++i) {
    Life calm = life;
    calm.steps[i].refuse = false;
    take(life, std::move(calm), fails);
    Life constant = life;
    constant.steps[i].k = 1.0;
    take(life, std::move(constant), fails);
  }
}

}  // namespace

Life reduce(Life life, const Fails& fails) {
  bool changed = true;
  while (changed) {
    changed = drop_steps(life, fails);
    changed |= drop_everywhere(life, fails);
    changed |= drop_actions(life, fails);
    simplify(life, fails);
  }
  return life;
}

}  // namespace lives
