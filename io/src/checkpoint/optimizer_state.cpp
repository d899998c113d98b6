#include "checkpoint/optimizer_state.hpp"

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>
#include <capstan/optim/sgd.hpp>

namespace capstan::io {

OptimizerState state_of(const optim::Optimizer& optimizer) {
  OptimizerState state;
  for (optim::StateEntry& entry : optimizer.state()) state.emplace_back(entry.name(), std::move(entry.value));
  return state;
}

/// A slot's name has no dot in it; a parameter's may.
void set_state(optim::Optimizer& optimizer, const OptimizerState& state, const std::source_location& where) {
  std::vector<optim::StateEntry> entries;
  entries.reserve(state.size());
  for (const auto& [name, value] : state) {
    const std::size_t dot = name.rfind('.');
    entries.push_back({name.substr(0, dot), dot == name.npos ? std::string{} : name.substr(dot + 1), value});
  }
  optimizer.set_state(entries, where);
}

std::string describe_optimizer(const optim::Optimizer& optimizer) {
  const auto* const sgd = dynamic_cast<const optim::Sgd*>(&optimizer);
  if (sgd == nullptr) return std::string{optimizer.name()};
  const optim::SgdOptions options = sgd->options();
  return fmt::format("Sgd, momentum {}, dampening {}, nesterov {}, weight_decay {}", options.momentum,
                     options.dampening, options.nesterov, options.weight_decay);
}

}  // namespace capstan::io
