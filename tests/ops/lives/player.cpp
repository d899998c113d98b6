#include "player.hpp"

#include <algorithm>
#include <bit>
#include <typeinfo>

#include <fmt/format.h>

#include <capstan/ops/arithmetic.hpp>
#include <capstan/tensor/error.hpp>

#include "same_numbers.hpp"
#include "tape_state.hpp"

namespace lives {

using namespace capstan;

namespace {

constexpr unsigned parameter_leaves = 4;  // the bits of the parameters come first
constexpr unsigned most_leaves = 63;

std::uint64_t bit(std::size_t at) { return std::uint64_t{1} << at; }

}  // namespace

std::vector<Outcome> Player::play(const Step& step, const std::vector<Outcome>& compared) {
  begin(step);
  std::vector<Outcome> outcomes;
  for (std::size_t i = 0; i < step.actions.size(); ++i) {
    const bool left_out = i < compared.size() && compared[i].kind == Outcome::Kind::excused;
    if (step.actions[i].kind == Kind::backward) gradients_ = {};
    outcomes.push_back(left_out ? Outcome{} : act(step.actions[i], step));
    half_made_ |= outcomes.back().kind == Outcome::Kind::excused && step.actions[i].kind == Kind::op;
    outcomes.back().nodes = half_made_ ? Outcome::unknown : tape_.size();
  }
  return outcomes;
}

void Player::begin(const Step& step) {
  ++step_;
  moment_ = {.k = step.k, .refuse = step.refuse, .parameter = &world_.number()};
  tape_.rewind();
  stale_ = std::exchange(values_, {});
  written_ = 0;
  memory_written_ = half_made_ = false;
  tensor_leaves_.assign(world_.tensors(), 0);
  leaves_ = parameter_leaves;
  gradients_ = {};
}

const Player::Value& Player::value(std::uint32_t number) const {
  static const Value none;
  return number < values_.size() ? values_[number] : none;
}

bool Player::lacks_operands(const Action& action) const {
  const auto lacks = [this](std::uint32_t number) { return !value(number).var; };
  switch (action.kind) {
    case Kind::op: {
      const std::string_view text = forms()[action.form].text;
      return (names(text, 'a') && lacks(action.a)) || (names(text, 'b') && lacks(action.b)) ||
             (names(text, 'c') && lacks(action.c));
    }
    case Kind::gradient_along:
      return lacks(action.a) || lacks(action.b) || lacks(action.c);
    case Kind::gradient:
      return lacks(action.a) || lacks(action.b);
    case Kind::backward:
    case Kind::read:
    case Kind::item:
    case Kind::keep:
    case Kind::write_value:
      return lacks(action.a);
    case Kind::use_stale:
      return action.a >= stale_.size() || !stale_[action.a].var;
    default:
      return false;
  }
}

Outcome Player::act(const Action& action, const Step& step) {
  if (lacks_operands(action)) return {};
  Outcome outcome{.kind = Outcome::Kind::done, .error = {}, .values = {}};
  sources_ = sources(action);
  try {
    perform(action, step, outcome);
  } catch (const StaleValueError& error) {
    outcome.kind = may_be_stale(action, sources_) ? Outcome::Kind::excused : Outcome::Kind::refused;
    outcome.error = error.what();
  } catch (const std::exception& error) {
    const std::string_view text = error.what();
    const bool budget = tape_.state().options().memory_budget > 0 && text.find("memory_budget") != text.npos;
    outcome.kind = budget ? Outcome::Kind::excused : Outcome::Kind::refused;
    outcome.error = fmt::format("{}: {}", typeid(error).name(), text);
  }
  return outcome;
}

void Player::perform(const Action& action, const Step& step, Outcome& outcome) {
  switch (action.kind) {
    case Kind::op:
      return record(action, step);
    case Kind::gradient:
      return make(action, gradient(value(action.a).var, value(action.b).var));
    case Kind::gradient_along:
      return make(action, gradient(value(action.a).var, value(action.b).var, value(action.c).var));
    case Kind::backward:
      return backward(action, outcome);
    case Kind::read:
    case Kind::item:
    case Kind::write_value:
      return read(action, outcome);
    case Kind::keep:
      return tape_.keep(value(action.a).var);
    case Kind::use_stale:
      return use_stale(action, outcome);
    default:
      return write(action, step);
  }
}

void Player::record(const Action& action, const Step& step) {
  const Given given{tape_,
                    value(action.a).var,
                    value(action.b).var,
                    value(action.c).var,
                    step.k,
                    world_.parameter(action.way),
                    world_.tensor(action.way),
                    world_.labels(),
                    world_.other(),
                    ops_};
  make(action, forms()[action.form].make(given));
}

void Player::make(const Action& action, const Var& var) {
  if (values_.size() <= action.to) values_.resize(action.to + 1);
  values_[action.to] = {var, sources_, false};
}

/// The leaves that what an action makes is made of.
std::uint64_t Player::sources(const Action& action) {
  std::uint64_t all = value(action.a).sources;
  if (action.kind == Kind::gradient || action.kind == Kind::backward) all |= bit(parameter_leaves - 1);
  if (action.kind == Kind::gradient || action.kind == Kind::gradient_along) all |= value(action.b).sources;
  if (action.kind == Kind::gradient_along) all |= value(action.c).sources | bit(parameter_leaves - 1);
  if (action.kind != Kind::op) return all;
  const std::string_view text = forms()[action.form].text;
  if (!names(text, 'a')) all = 0;
  if (names(text, 'b')) all |= value(action.b).sources;
  if (names(text, 'c')) all |= value(action.c).sources;
  if (names(text, 'p')) all |= bit(action.way % parameter_leaves);
  if (!names(text, 't')) return all;
  const std::uint64_t leaf = bit(leaves_);
  leaves_ = std::min(leaves_ + 1, most_leaves);
  tensor_leaves_[action.way % tensor_leaves_.size()] |= leaf;
  return all | leaf;
}

/// What was computed before a write stays readable; what was not may not be, nor a leaf itself.
bool Player::may_be_stale(const Action& action, std::uint64_t sources) const {
  if (memory_written_) return true;
  const bool reads = action.kind == Kind::read || action.kind == Kind::item;
  const bool leaf = reads && tape_.node(value(action.a).var.id()).inputs().empty();
  return (sources & written_) != 0 && (leaf || !reads || !value(action.a).known);
}

void Player::backward(const Action& action, Outcome& outcome) {
  gradients_ = tape_.backward(value(action.a).var);
  for (const Gradients::Entry& entry : gradients_.entries()) {
    outcome.values.push_back(entry.value().copy());
    if (action.way % 4 == 0) hold(entry.value(), action);
  }
  if (action.way % 4 == 0) held_gradients_.push_back(gradients_);
  values_[action.a].known = true;
}

void Player::read(const Action& action, Outcome& outcome) {
  if (action.kind == Kind::item) {
    outcome.values.push_back(Tensor::scalar(value(action.a).var.item(), DType::f64));
    values_[action.a].known = true;
    return;
  }
  Tensor tensor = value(action.a).var.value();
  outcome.values.push_back(tensor.copy());
  values_[action.a].known = true;
  if (action.kind == Kind::read) return hold(tensor, action);
  if (!world_.is_written_in_place() || tensor.elements() == 0) return;
  memory_written_ = true;
  std::erase_if(held_, [this](const Held& held) { return held.step == step_; });
  tensor.set(std::vector<std::int64_t>(tensor.rank(), 0), 99.0);
}

void Player::hold(const Tensor& tensor, const Action& action) {
  if (action.way % 2 == 0) held_.push_back({tensor, tensor.copy(), step_});
}

void Player::write(const Action& action, const Step& step) {
  if (action.kind == Kind::update) {
    for (std::size_t i = 0; i < world_.parameters(); ++i) {
      if (gradients_.contains(world_.parameter(i))) note_written(i);
    }
    world_.update(gradients_, tape_);
  } else if (action.kind == Kind::write_parameter) {
    note_written(action.way % world_.parameters());
    world_.write_parameter(action.way, step.k, tape_);
  } else if (action.kind == Kind::write_tensor) {
    written_ |= tensor_leaves_[action.way % tensor_leaves_.size()];
    world_.write_tensor(action.way, step.k);
  } else if (action.kind == Kind::new_tensor) {
    tensor_leaves_[action.way % tensor_leaves_.size()] = 0;
    world_.new_tensor(action.way, action.way);
  } else if (action.kind == Kind::write_gradient) {
    if (world_.is_written_in_place()) {
      memory_written_ = true;
      std::erase_if(held_, [this](const Held& held) { return held.step == step_; });
      for (const Gradients::Entry& entry : gradients_.entries()) {
        Tensor tensor = entry.value();
        tensor.set(std::vector<std::int64_t>(tensor.rank(), 0), 99.0);
      }
    }
    gradients_ = {};
  }
}

void Player::note_written(std::size_t parameter) {
  if (is_on(tape_, world_.parameter(parameter))) written_ |= bit(parameter);
}

void Player::use_stale(const Action& action, Outcome& outcome) {
  outcome.kind = Outcome::Kind::skipped;  // for a fresh tape there is no step before
  const std::size_t nodes = tape_.size();
  try {
    stale_[action.a].var + 1.0;
    complaint_ = fmt::format("v{} of the step before was taken", action.a);
  } catch (const StaleVarError&) {
    if (tape_.size() != nodes) complaint_ = "a stale Var left a node";
  }
}

std::string Player::complaint() const {
  if (!complaint_.empty()) return complaint_;
  for (const Held& held : held_) {
    if (!same_numbers(held.tensor, held.copy)) return fmt::format("what was read in step {} changed", held.step);
  }
  return {};
}

}  // namespace lives
