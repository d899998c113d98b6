#include <algorithm>
#include <array>
#include <random>

#include "forms.hpp"
#include "life.hpp"
#include "player.hpp"

namespace lives {

namespace {

class Draw {
 public:
  explicit Draw(std::uint32_t seed) : engine_{seed} {}

  std::uint32_t number() { return static_cast<std::uint32_t>(engine_() >> 32u); }
  std::uint32_t below(std::size_t count) { return count == 0 ? 0 : number() % static_cast<std::uint32_t>(count); }
  bool chance(std::uint32_t percent) { return below(100) < percent; }
  template <class Range>
  auto of(const Range& range) {
    return range[below(std::size(range))];
  }

 private:
  std::mt19937_64 engine_;
};

/// Kinds of actions, each as often as it should be drawn.
constexpr std::array kinds{
    std::pair{Kind::op, 120},         std::pair{Kind::gradient, 16},   std::pair{Kind::gradient_along, 6},
    std::pair{Kind::backward, 20},    std::pair{Kind::read, 12},       std::pair{Kind::item, 8},
    std::pair{Kind::keep, 4},         std::pair{Kind::update, 3},      std::pair{Kind::write_parameter, 2},
    std::pair{Kind::write_tensor, 2}, std::pair{Kind::write_value, 1}, std::pair{Kind::write_gradient, 1},
    std::pair{Kind::new_tensor, 2},   std::pair{Kind::use_stale, 2}};

constexpr std::array numbers{1.0, 0.5, -2.0, 3.0, 0.0, 0.25, -0.125};

/// Draws the actions of one step after the other; values have numbers that no other value of the life has.
class Bodies {
 public:
  Bodies(Draw& draw, const Life& life) : draw_{draw}, world_{life} {}

  std::vector<Action> body() {
    std::vector<Action> actions;
    extend(actions, 4 + draw_.below(draw_.chance(20) ? 30 : 12));
    if (draw_.chance(70)) end(actions);
    return actions;
  }

  void change(std::vector<Action>& actions) {
    const std::uint32_t at = place_in(actions);
    switch (draw_.below(12)) {
      case 0:  // ends earlier
        actions.resize(at);
        break;
      case 1:  // goes another way from here
        actions.resize(at);
        extend(actions, 1 + draw_.below(8));
        break;
      case 2:
        if (at < actions.size()) actions.erase(actions.begin() + at);
        break;
      case 3:
        if (at + 1 < actions.size()) std::swap(actions[at], actions[at + 1]);
        break;
      case 4:  // goes on
        extend(actions, 1 + draw_.below(4));
        break;
      case 5: {  // another op of the same operands
        if (at < actions.size() && actions[at].kind == Kind::op) actions[at].form = draw_.below(forms().size());
        break;
      }
      default: {
        const std::vector<Action> rest(actions.begin() + at, actions.end());
        actions.resize(at);
        if (draw_.chance(50)) actions.push_back(refused(actions));
        if (draw_.chance(50)) extend(actions, 1);
        actions.insert(actions.end(), rest.begin(), rest.end());
      }
    }
  }

 private:
  /// Most of what is drawn is done: what follows needs its values.
  void extend(std::vector<Action>& actions, std::uint32_t count) {
    player_.begin(step_);
    for (const Action& action : actions) player_.act(action, step_);
    while (count-- > 0) {
      actions.push_back(action(actions));
      for (int attempts = draw_.chance(85) ? 6 : 0; !is_done(actions.back()) && attempts > 0; --attempts) {
        actions.pop_back();
        actions.push_back(action(actions));
      }
    }
  }
  bool is_done(const Action& action) { return player_.act(action, step_).kind == Outcome::Kind::done; }
  /// Often before gradients are asked for, which are recorded over what was recorded there before.
  std::uint32_t place_in(const std::vector<Action>& actions) {
    std::uint32_t at = draw_.below(actions.size() + 1);
    const auto asks = [](const Action& action) {
      return action.kind == Kind::backward || action.kind == Kind::gradient;
    };
    if (draw_.chance(50)) return at;
    while (at < actions.size() && !asks(actions[at])) ++at;
    return at;
  }
  /// Most likely so.
  Action refused(const std::vector<Action>& before) {
    Action made = make(before, Kind::op);
    while (!forms()[made.form].refused) made.form = draw_.below(forms().size());
    return made;
  }
  /// As a training step ends.
  void end(std::vector<Action>& actions) {
    actions.push_back(make(actions, Kind::op));
    do actions.back().form = draw_.below(forms().size());
    while (!forms()[actions.back().form].cost || (draw_.chance(90) && !is_done(actions.back())));
    actions.push_back(make(actions, Kind::backward));
    actions.back().a = actions[actions.size() - 2].to;
    actions.push_back(make(actions, Kind::update));
    if (draw_.chance(50)) {
      actions.push_back(make(actions, Kind::item));
      actions.back().a = actions[actions.size() - 4].to;
    }
  }

  Action action(const std::vector<Action>& before) {
    std::uint32_t whole = 0;
    for (const auto& [kind, often] : kinds) whole += static_cast<std::uint32_t>(often);
    std::uint32_t choice = draw_.below(whole);
    for (const auto& [kind, often] : kinds) {
      if (choice < static_cast<std::uint32_t>(often)) return make(before, kind);
      choice -= static_cast<std::uint32_t>(often);
    }
    return make(before, Kind::op);
  }

  Action make(const std::vector<Action>& before, Kind kind) {
    std::vector<std::uint32_t> all, costs;
    for (const Action& action : before) {
      const bool makes = action.kind <= Kind::gradient_along;
      if (makes) all.push_back(action.to);
      if (action.kind == Kind::op && forms()[action.form].cost) costs.push_back(action.to);
    }
    Action made{kind, 0, next_++, value(all), value(all), value(all), draw_.number() % 1000};
    if (all.empty() && kind <= Kind::gradient_along) made.kind = Kind::op;
    if (made.kind == Kind::op) made.form = form(all.size());
    const bool wants_cost = kind == Kind::gradient || kind == Kind::backward || kind == Kind::item;
    if (wants_cost && !costs.empty() && draw_.chance(80)) made.a = draw_.of(costs);
    return made;
  }

  /// Often a late one.
  std::uint32_t value(const std::vector<std::uint32_t>& all) {
    if (all.empty()) return 0;
    return draw_.chance(60) ? all[all.size() - 1 - draw_.below(std::min<std::size_t>(all.size(), 3))] : draw_.of(all);
  }

  std::uint32_t form(std::size_t values) {
    const bool leaf = values == 0 || draw_.chance(values < 3 ? 50 : 5);
    const bool cost = !leaf && draw_.chance(20);
    std::uint32_t form = draw_.below(forms().size());
    while (forms()[form].leaf != leaf || (cost && !forms()[form].cost)) form = draw_.below(forms().size());
    return form;
  }

  Draw& draw_;
  std::uint32_t next_ = 0;
  Step step_{.k = 1.0, .refuse = false, .actions = {}};
  Moment moment_;
  CustomOps ops_{moment_};
  World world_;
  capstan::Tape tape_;
  Player player_{tape_, world_, moment_, ops_};
};

Life with_options(Draw& draw) {
  Life life;
  life.dtype = draw.chance(50) ? capstan::DType::f64 : capstan::DType::f32;
  life.size = draw.chance(92) ? Size::small : draw.chance(80) ? Size::large : Size::huge;
  life.eager = draw.chance(30);
  life.threads = draw.chance(70) ? 1 : 2;
  if (draw.chance(15)) life.memory_budget = 8 << draw.below(10);
  return life;
}

}  // namespace

Life generate(std::uint32_t seed) {
  Draw draw{seed};
  Life life = with_options(draw);
  Bodies bodies{draw, life};
  const bool many = draw.chance(8);  // more than a tape keeps
  std::vector<std::vector<Action>> pool;
  for (std::uint32_t i = many ? 10 + draw.below(4) : 1 + draw.below(3); i > 0; --i) pool.push_back(bodies.body());
  double k = draw.of(numbers);
  for (std::uint32_t i = many ? 24 : 4 + draw.below(8); i > 0; --i) {
    if (draw.chance(50)) k = draw.of(numbers);
    std::vector<Action> actions = draw.of(pool);
    for (std::uint32_t more = draw.below(4); more > 0; --more) bodies.change(actions);
    if (draw.chance(20)) pool[draw.below(pool.size())] = actions;
    life.steps.push_back({k, draw.chance(20), std::move(actions)});
  }
  return life;
}

}  // namespace lives
