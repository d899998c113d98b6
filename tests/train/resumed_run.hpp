// A training that stops and goes on, for tests.
#pragma once

#include <capstan/capstan.hpp>

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "same_bits.hpp"

namespace test {

inline capstan::data::Dataset make_set(std::int64_t m, std::uint64_t seed) {
  capstan::Rng rng{seed};
  const capstan::Tensor x = capstan::Tensor::normal({4, m}, rng);
  capstan::Tensor y = capstan::Tensor::zeros({1, m});
  for (std::int64_t i = 0; i < m; ++i) y.set({0, i}, x.at({0, i}) * x.at({1, i}) > 0.0 ? 1.0 : 0.0);
  return {.x = x, .y = y};
}

/// Throws at a step of an epoch, as a process that ends there would do.
struct Failing final : capstan::train::Observer {
  std::int64_t epoch, step;
  Failing(std::int64_t at_epoch, std::int64_t at_step) : epoch{at_epoch}, step{at_step} {}
  void on_step(capstan::train::Training&, const capstan::train::Step& s) override {
    if (s.epoch == epoch && s.step == step) throw std::runtime_error{"the process ends"};
  }
};

/// A training of seven epochs, whose learning rate falls by an observer.
struct Run {
  capstan::models::DeepNet net;
  capstan::optim::Sgd descent;
  capstan::data::Dataset set = make_set(70, 11), held_out = make_set(33, 12);  // batches of 16: the last one has 6
  capstan::train::FitOptions options;
  capstan::train::Callbacks falling{{.on_epoch = [](capstan::train::Training& t, const capstan::train::Epoch&) {
    t.optimizer().set_learning_rate(t.optimizer().learning_rate() * 0.9);
  }}};

  explicit Run(const std::filesystem::path& folder, std::uint64_t seed = 4, double momentum = 0.9)
      : net{{.layers = {4, 12, 1}, .hidden = capstan::Activation::tanh, .seed = seed}},
        descent{capstan::parameters(net), {.learning_rate = 0.2, .momentum = momentum}},
        options{.epochs = 7,
                .batch_size = 16,
                .optimizer = &descent,
                .seed = 5,
                .validation = &held_out,
                .observers = {&falling},
                .progress = {.style = capstan::train::ProgressStyle::quiet},
                .checkpoint = {.folder = folder, .resume = true}} {}

  capstan::train::History fit() { return capstan::train::fit(net, set, options); }
};

inline bool all_same(const capstan::models::DeepNet& a, const capstan::models::DeepNet& b) {
  bool all = true;
  for (const std::int64_t l : {1, 2}) {
    all = all && same_bits(a.W(l).value(), b.W(l).value()) && same_bits(a.b(l).value(), b.b(l).value());
  }
  return all;
}

inline bool all_same(const capstan::train::History& a, const capstan::train::History& b) {
  if (a.epochs.size() != b.epochs.size() || a.best_epoch != b.best_epoch || a.stopped != b.stopped) return false;
  for (std::size_t i = 0; i < a.epochs.size(); ++i) {
    const capstan::train::Epoch &x = a.epochs[i], &y = b.epochs[i];
    if (x.epoch != y.epoch || x.cost != y.cost || x.validation_cost != y.validation_cost || x.accuracy != y.accuracy) {
      return false;
    }
  }
  return true;
}

inline std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace test
