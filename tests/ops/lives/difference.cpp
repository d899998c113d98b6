#include <optional>

#include <fmt/format.h>

#include <capstan/tensor/format.hpp>

#include "life.hpp"
#include "player.hpp"
#include "same_numbers.hpp"

namespace lives {

using namespace capstan;

namespace {

std::string differing(const std::vector<Tensor>& a, const std::vector<Tensor>& b) {
  if (a.size() != b.size()) return fmt::format("{} and {} values", a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (!same_numbers(a[i], b[i])) return fmt::format("{} and {}", a[i], b[i]);
  }
  return {};
}

/// What comes of an action on the long-lived tape, and on a fresh one of the same mode.
std::string differing(const Outcome& lived, const Outcome& fresh) {
  if (lived.kind == Outcome::Kind::excused) return {};
  if (lived.kind != fresh.kind && (lived.kind == Outcome::Kind::refused || fresh.kind == Outcome::Kind::refused)) {
    return fmt::format("\"{}\" and \"{}\"", lived.error, fresh.error);
  }
  if (lived.kind != fresh.kind) return "done and left out";
  if (lived.error != fresh.error) return fmt::format("\"{}\" and \"{}\"", lived.error, fresh.error);
  if (lived.nodes != Outcome::unknown && lived.nodes != fresh.nodes)
    return fmt::format("{} and {} nodes", lived.nodes, fresh.nodes);
  return differing(lived.values, fresh.values);
}

/// The same on a tape of the other mode, which computes at other times: only what both have is compared.
std::string differing_values(const Outcome& lived, const Outcome& fresh) {
  const bool both = lived.kind == Outcome::Kind::done && fresh.kind == Outcome::Kind::done;
  return both ? differing(lived.values, fresh.values) : std::string{};
}

class Comparison {
 public:
  explicit Comparison(const Life& life)
      : life_{life},
        world_{life},
        tape_{std::in_place,
              TapeOptions{.eager = life.eager, .threads = life.threads, .memory_budget = life.memory_budget}},
        player_{*tape_, world_, moment_, ops_} {}

  std::string run() {
    for (std::size_t i = 0; i < life_.steps.size(); ++i) {
      const std::string found = step(life_.steps[i]);
      if (!found.empty()) return fmt::format("step {}, {}", i, found);
    }
    tape_.reset();
    return player_.complaint();
  }

 private:
  std::string step(const Step& step) {
    World alike = world_.copy(), other = world_.copy();
    const std::vector<Outcome> lived = player_.play(step);
    if (!player_.complaint().empty()) return player_.complaint();
    const std::vector<Outcome> fresh = play(step, alike, life_.eager, lived);
    const std::vector<Outcome> in_other_mode = play(step, other, !life_.eager, lived);
    for (std::size_t i = 0; i < lived.size(); ++i) {
      std::string found = differing(lived[i], fresh[i]);
      if (!found.empty()) return fmt::format("action {}, fresh: {}", i, found);
      found = differing_values(lived[i], in_other_mode[i]);
      if (!found.empty()) return fmt::format("action {}, fresh of the other mode: {}", i, found);
    }
    const std::string found = differing(world_.values(), alike.values());
    return found.empty() ? found : "parameters at the end: " + found;
  }

  std::vector<Outcome> play(const Step& step, World& world, bool eager, const std::vector<Outcome>& lived) {
    Tape tape{{.eager = eager, .threads = 1}};
    return Player{tape, world, moment_, ops_}.play(step, lived);
  }

  const Life& life_;
  Moment moment_;
  CustomOps ops_{moment_};
  World world_;
  std::optional<Tape> tape_;
  Player player_;
};

}  // namespace

std::string difference(const Life& life) {
  try {
    return Comparison{life}.run();
  } catch (const std::exception& error) {
    return fmt::format("thrown out of an action: {}", error.what());
  }
}

}  // namespace lives
