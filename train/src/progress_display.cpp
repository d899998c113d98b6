#include "progress_display.hpp"

#include <string>

#include <fmt/format.h>

namespace capstan::train {

namespace {

std::string line(const Epoch& epoch, std::int64_t epochs) {
  const int width = static_cast<int>(std::to_string(epochs).size());
  std::string text = fmt::format("epoch {:>{}}/{}  cost {:#.4g}", epoch.epoch, width, epochs, epoch.cost);
  if (epoch.validation_cost) text += fmt::format("  validation cost {:#.4g}", *epoch.validation_cost);
  if (epoch.accuracy) text += fmt::format("  accuracy {:.4f}", *epoch.accuracy);
  return text + fmt::format("  {:.1f} s", epoch.seconds);
}

}  // namespace

void ProgressDisplay::on_epoch_start(Training& training, std::int64_t epoch) {
  progress_.start(fmt::format("epoch {}/{}", epoch, training.epochs()), training.steps());
}

void ProgressDisplay::on_step(Training&, const Step& step) { progress_.update(step.step, "cost", step.mean_cost); }

void ProgressDisplay::on_epoch(Training& training, const Epoch& epoch) {
  progress_.finish(line(epoch, training.epochs()));
}

}  // namespace capstan::train
