#include "checkpoint/optimizer_state.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <capstan/io/checkpoint_file.hpp>

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
  std::string text{optimizer.name()};
  for (const auto& [name, value] : optimizer.settings()) text += fmt::format(", {} {}", name, value);
  return text;
}

std::string describe_differences(const optim::Settings& here, const optim::Settings& saved) {
  const auto value_of = [](const optim::Settings& settings, const std::string& name) {
    const auto found = std::ranges::find(settings, name, &std::pair<std::string, std::string>::first);
    if (found == settings.end()) return std::string{"nothing"};
    constexpr std::size_t longest = 300;  // a group may have many parameters
    return found->second.size() <= longest ? found->second : found->second.substr(0, longest) + "…";
  };
  std::string text;
  const auto add = [&](const std::string& name) {
    text += fmt::format("\n  {}: {} here, {} in the checkpoint", name, value_of(here, name), value_of(saved, name));
  };
  for (const auto& setting : here) {
    if (std::ranges::find(saved, setting) == saved.end()) add(setting.first);
  }
  const auto is_here = [&here](const std::string& name) {
    return std::ranges::find(here, name, &std::pair<std::string, std::string>::first) != here.end();
  };
  for (const auto& setting : saved) {
    if (!is_here(setting.first)) add(setting.first);
  }
  return text;
}

}  // namespace capstan::io
