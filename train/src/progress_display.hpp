// ProgressDisplay: the observer that shows how far fit is – a bar while an epoch runs, and a line after it.
#pragma once

#include <cstdint>

#include <capstan/train/observer.hpp>
#include <capstan/train/progress.hpp>

namespace capstan::train {

class ProgressDisplay final : public Observer {
 public:
  explicit ProgressDisplay(const ProgressOptions& options) : progress_{options} {}

  void on_epoch_start(Training& training, std::int64_t epoch) override;
  void on_step(Training& training, const Step& step) override;
  void on_epoch(Training& training, const Epoch& epoch) override;

 private:
  Progress progress_;
};

}  // namespace capstan::train
