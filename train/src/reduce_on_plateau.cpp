#include <capstan/train/reduce_on_plateau.hpp>

#include <cstdint>
#include <string_view>

namespace capstan::train {

void ReduceOnPlateau::on_start(Training& training) {
  plateau_ = optim::Plateau{plateau_.options(), training.where()};
  training.optimizer().set_learning_rate(plateau_.learning_rate(), training.where());
}

void ReduceOnPlateau::on_epoch(Training& training, const Epoch& epoch) {
  training.optimizer().set_learning_rate(plateau_.update(epoch.watched_cost()), training.where());
}

io::NamedTensors ReduceOnPlateau::state() const {
  const auto number = [](double value) { return Tensor::scalar(value, DType::f64); };
  const optim::Plateau::State& now = plateau_.state();
  return {{"learning_rate", number(now.learning_rate)},
          {"best", number(now.best)},
          {"waited", number(static_cast<double>(now.waited))},
          {"cooling", number(static_cast<double>(now.cooling))}};
}

void ReduceOnPlateau::set_state(const io::NamedTensors& state) {
  const auto number = [&](std::string_view name) { return state.find(name)->second.item(); };
  plateau_.set_state({.learning_rate = number("learning_rate"),
                      .best = number("best"),
                      .waited = static_cast<std::int64_t>(number("waited")),
                      .cooling = static_cast<std::int64_t>(number("cooling"))});
}

}  // namespace capstan::train
