#include <capstan/train/early_stopping.hpp>

#include <cmath>
#include <cstddef>

#include <fmt/format.h>

#include <capstan/tensor/error.hpp>

#include <capstan/tensor/engine.hpp>

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

void EarlyStopping::on_start(Training& training) {
  *this = EarlyStopping{options_};
  parameters_ = training.parameters();
}

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
  parameters_.clear();
}

namespace {

double number(const io::NamedTensors& state, const std::string& name) {
  const auto found = state.find(name);
  const bool is_number = found != state.end() && found->second.rank() == 0 && found->second.dtype() == DType::f64;
  if (!is_number) throw ValueError{fmt::format("EarlyStopping: \"{}\" must be a number of f64", name)};
  const double value = found->second.item();
  if (std::isnan(value)) throw ValueError{fmt::format("EarlyStopping: \"{}\" must be a number, got nan", name)};
  return value;
}

/// Epochs, which a double counts.
std::int64_t count(const io::NamedTensors& state, const std::string& name) {
  constexpr double most = 0x1p53;
  const double value = number(state, name);
  if (value >= 0.0 && value <= most && std::trunc(value) == value) return static_cast<std::int64_t>(value);
  throw ValueError{fmt::format("EarlyStopping: \"{}\" must be a whole number of at least 0, got {}", name, value)};
}

std::string name_of_best(std::size_t i) { return fmt::format("best.{:06}", i); }

/// The best values, of all parameters or of none.
std::vector<Tensor> best_of(const io::NamedTensors& state, const std::vector<NamedParameter>& parameters) {
  constexpr std::size_t numbers = 3;
  const std::size_t count = state.size() - numbers;
  if (count != 0 && count != parameters.size()) {
    throw ValueError{fmt::format("EarlyStopping: there must be best values of {} parameters or of none, got {}",
                                 parameters.size(), count)};
  }
  std::vector<Tensor> best;
  for (std::size_t i = 0; i < count; ++i) {
    const auto found = state.find(name_of_best(i));
    const Parameter& parameter = parameters[i].parameter;
    if (found == state.end() || found->second.shape() != parameter.shape() ||
        found->second.dtype() != parameter.dtype()) {
      throw ValueError{fmt::format("EarlyStopping: \"{}\" must be {} of {}, as \"{}\" is", name_of_best(i),
                                   to_string(parameter.shape()), name_of(parameter.dtype()), parameters[i].name)};
    }
    best.push_back(found->second.copy());
  }
  return best;
}

}  // namespace

io::NamedTensors EarlyStopping::state() const {
  io::NamedTensors state{{"least", Tensor::scalar(least_, DType::f64)},
                         {"improved_to", Tensor::scalar(improved_to_, DType::f64)},
                         {"waited", Tensor::scalar(static_cast<double>(waited_), DType::f64)}};
  for (std::size_t i = 0; i < best_.size(); ++i) state.emplace(name_of_best(i), best_[i]);
  return state;
}

void EarlyStopping::set_state(const io::NamedTensors& state) {
  const double least = number(state, "least"), improved_to = number(state, "improved_to");
  const std::int64_t waited = count(state, "waited");
  best_ = best_of(state, parameters_);
  least_ = least;
  improved_to_ = improved_to;
  waited_ = waited;
}

}  // namespace capstan::train
