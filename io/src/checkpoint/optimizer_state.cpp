#include "checkpoint/optimizer_state.hpp"

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>
#include <capstan/optim/sgd.hpp>

namespace capstan::io {

OptimizerState state_of(const optim::Optimizer& optimizer) {
  OptimizerState state;
  for (optim::StateEntry& entry : optimizer.state()) state.emplace_back(std::move(entry.name), std::move(entry.value));
  return state;
}

void set_state(optim::Optimizer& optimizer, const OptimizerState& state, const std::source_location& where) {
  std::vector<optim::StateEntry> entries;
  entries.reserve(state.size());
  for (const auto& [name, value] : state) entries.push_back({name, value});
  optimizer.set_state(entries, where);
}

std::string describe_optimizer(const optim::Optimizer& optimizer) {
  const auto* const sgd = dynamic_cast<const optim::Sgd*>(&optimizer);
  if (sgd == nullptr) return "an optimizer of one's own";
  const optim::SgdOptions options = sgd->options();
  return fmt::format("Sgd, momentum {}, dampening {}, nesterov {}, weight_decay {}", options.momentum,
                     options.dampening, options.nesterov, options.weight_decay);
}

}  // namespace capstan::io
