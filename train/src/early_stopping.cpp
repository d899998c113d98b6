#include <capstan/train/early_stopping.hpp>

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

namespace capstan::train {

EarlyStopping::EarlyStopping(const EarlyStoppingOptions& options, std::source_location where) : options_{options} {
  if (options.patience < 1) {
    throw ValueError{
        fmt::format("EarlyStopping: patience must be at least 1, got {}\n  at {}", options.patience, place(where))};
  }
  if (!std::isfinite(options.min_delta) || options.min_delta < 0.0) {
    throw ValueError{fmt::format("EarlyStopping: min_delta must be finite and not negative, got {}\n  at {}",
                                 options.min_delta, place(where))};
  }
}

void EarlyStopping::on_start(Training&) { *this = EarlyStopping{options_}; }

void EarlyStopping::on_epoch(Training& training, const Epoch& epoch) {
  const double cost = epoch.watched_cost();
  if (cost < least_) {
    least_ = cost;
    if (options_.restore_best) remember(training);
  }
  const bool improved = cost < improved_to_ - options_.min_delta;
  if (improved) improved_to_ = cost;
  waited_ = improved ? 0 : waited_ + 1;
  if (waited_ >= options_.patience) training.stop();
}

void EarlyStopping::remember(const Training& training) {
  const std::vector<NamedState>& state = training.state();
  if (best_.empty()) {
    for (const NamedState& named : state) best_.push_back(named.tensor.value().copy());
    return;
  }
  for (std::size_t i = 0; i < best_.size(); ++i) best_[i].assign(state[i].tensor.value(), training.where());
}

void EarlyStopping::on_end(Training& training, Ending) {
  for (std::size_t i = 0; i < best_.size(); ++i) {
    StateTensor tensor = training.state()[i].tensor;
    tensor.assign(best_[i], training.where());
  }
  best_.clear();
}

io::NamedTensors EarlyStopping::state() const {
  io::NamedTensors state{{"least", Tensor::scalar(least_, DType::f64)},
                         {"improved_to", Tensor::scalar(improved_to_, DType::f64)},
                         {"waited", Tensor::scalar(static_cast<double>(waited_), DType::f64)}};
  for (std::size_t i = 0; i < best_.size(); ++i) state.emplace(fmt::format("best.{:06}", i), best_[i]);
  return state;
}

void EarlyStopping::set_state(const io::NamedTensors& state) {
  const auto number = [&](std::string_view name) { return state.find(name)->second.item(); };
  least_ = number("least");
  improved_to_ = number("improved_to");
  waited_ = static_cast<std::int64_t>(number("waited"));
  best_.clear();
  for (const auto& [name, tensor] : state) {
    if (name.starts_with("best.")) best_.push_back(tensor.copy());
  }
}

}  // namespace capstan::train
