// Trainings that stop and go on.
#include <capstan/capstan.hpp>

#include <csignal>
#include <fstream>
#include <stdexcept>

#include "catch.hpp"
#include "data/files.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;

namespace {

data::Dataset make_set(std::int64_t m, std::uint64_t seed) {
  Rng rng{seed};
  const Tensor x = Tensor::normal({4, m}, rng);
  Tensor y = Tensor::zeros({1, m});
  for (std::int64_t i = 0; i < m; ++i) y.set({0, i}, x.at({0, i}) * x.at({1, i}) > 0.0 ? 1.0 : 0.0);
  return {.x = x, .y = y};
}

/// Throws at a step of an epoch, as a process that ends there would do.
struct Failing final : train::Observer {
  std::int64_t epoch, step;
  Failing(std::int64_t at_epoch, std::int64_t at_step) : epoch{at_epoch}, step{at_step} {}
  void on_step(train::Training&, const train::Step& s) override {
    if (s.epoch == epoch && s.step == step) throw std::runtime_error{"the process ends"};
  }
};

/// A training of seven epochs, whose learning rate falls by an observer.
struct Run {
  models::DeepNet net;
  optim::Sgd descent;
  data::Dataset set = make_set(70, 11), held_out = make_set(33, 12);  // batches of 16: the last one has 6
  train::FitOptions options;
  train::Callbacks falling{{.on_epoch = [](train::Training& t, const train::Epoch&) {
    t.optimizer().set_learning_rate(t.optimizer().learning_rate() * 0.9);
  }}};

  explicit Run(const std::filesystem::path& folder, std::uint64_t seed = 4, double momentum = 0.9)
      : net{{.layers = {4, 12, 1}, .hidden = Activation::tanh, .seed = seed}},
        descent{parameters(net), {.learning_rate = 0.2, .momentum = momentum}},
        options{.epochs = 7,
                .batch_size = 16,
                .optimizer = &descent,
                .seed = 5,
                .validation = &held_out,
                .observers = {&falling},
                .progress = {.style = train::ProgressStyle::quiet},
                .checkpoint = {.folder = folder, .resume = true}} {}

  train::History fit() { return train::fit(net, set, options); }
};

bool equal_state(const models::DeepNet& a, const models::DeepNet& b) {
  bool all = true;
  for (const std::int64_t l : {1, 2}) {
    all = all && same_bits(a.W(l).value(), b.W(l).value()) && same_bits(a.b(l).value(), b.b(l).value());
  }
  return all;
}

bool equal_state(const train::History& a, const train::History& b) {
  if (a.epochs.size() != b.epochs.size() || a.best_epoch != b.best_epoch || a.stopped != b.stopped) return false;
  for (std::size_t i = 0; i < a.epochs.size(); ++i) {
    const train::Epoch &x = a.epochs[i], &y = b.epochs[i];
    if (x.epoch != y.epoch || x.cost != y.cost || x.validation_cost != y.validation_cost || x.accuracy != y.accuracy) {
      return false;
    }
  }
  return true;
}

std::vector<std::string> names_in(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator{folder}) names.push_back(entry.path().filename());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("a training goes on after any epoch to the same bits and the same history") {
  const test::Folder folder;
  const double momentum = GENERATE(0.0, 0.9);
  Run whole{folder.path() / "whole", 4, momentum};
  const train::History history = whole.fit();
  for (const std::int64_t epochs : {1, 3, 6}) {
    CAPTURE(epochs, momentum);
    const std::filesystem::path parts = folder.path() / fmt::format("parts {} {}", epochs, momentum);
    Run first{parts, 4, momentum}, second{parts, 99, momentum};
    first.options.epochs = epochs;
    CHECK(first.fit().epochs.size() == static_cast<std::size_t>(epochs));
    const train::History resumed = second.fit();
    CHECK(equal_state(whole.net, second.net));
    CHECK(equal_state(history, resumed));
    CHECK(whole.descent.learning_rate() == second.descent.learning_rate());
  }
}

TEST_CASE("a training that ends within an epoch goes on from the last step that was kept") {
  const test::Folder folder;
  Run whole{folder.path() / "whole"};
  const train::History history = whole.fit();
  for (const std::int64_t step : {1, 2, 3, 4, 5}) {
    CAPTURE(step);
    const std::filesystem::path parts = folder.path() / fmt::format("parts {}", step);
    Failing failing{3, step};
    Run first{parts}, second{parts, 99};
    first.options.observers.push_back(&failing);
    for (Run* const run : {&first, &second}) run->options.checkpoint.every_steps = 1;
    CHECK_THROWS_AS(first.fit(), std::runtime_error);
    CHECK(equal_state(history, second.fit()));
    CHECK(equal_state(whole.net, second.net));
  }
}

TEST_CASE("early stopping remembers what it waited for, and the best values") {
  const test::Folder folder;
  const auto run = [&](const std::filesystem::path& parts, std::int64_t epochs, std::uint64_t seed) {
    train::EarlyStopping stopping{{.patience = 3}};
    Run part{parts, seed};
    part.options.epochs = epochs;
    part.options.observers.push_back(&stopping);
    part.descent.set_learning_rate(3.0);  // so that it does not get better for long
    const train::History history = part.fit();
    return std::pair{history, part.net};
  };
  const auto [history, net] = run(folder.path() / "whole", 40, 4);
  REQUIRE(history.stopped);
  const auto length = static_cast<std::int64_t>(history.epochs.size());
  for (std::int64_t epochs = 1; epochs <= length; ++epochs) {
    CAPTURE(epochs, length);
    const std::filesystem::path parts = folder.path() / fmt::format("{}", epochs);
    (void)run(parts, epochs, 4);
    const auto [resumed, other] = run(parts, 40, 99);
    CHECK(equal_state(history, resumed));
    CHECK(equal_state(net, other));
  }
}

TEST_CASE("a damaged checkpoint is named and passed over, and the bits stay the same") {
  const test::Folder folder;
  Run whole{folder.path() / "whole"}, first{folder.path() / "parts"}, second{folder.path() / "parts", 99};
  const train::History history = whole.fit();
  first.options.epochs = 4;
  (void)first.fit();
  const std::vector<std::string> names = names_in(folder.path() / "parts");
  REQUIRE(names ==
          std::vector<std::string>{"checkpoint-000000000015.safetensors", "checkpoint-000000000020.safetensors"});
  std::fstream file{folder.path() / "parts" / names[1], std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(-5, std::ios::end);
  file.put('\x55');
  file.close();
  std::vector<std::string> warnings;
  second.options.checkpoint.warn = [&](std::string_view text) { warnings.emplace_back(text); };
  CHECK(equal_state(history, second.fit()));
  CHECK(equal_state(whole.net, second.net));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("passed over") && Contains(names[1]) && Contains("is damaged"));
  CHECK(names_in(folder.path() / "parts").size() == 2);
}

TEST_CASE("where all checkpoints are damaged the training begins anew") {
  const test::Folder folder;
  Run whole{folder.path() / "whole"}, parts{folder.path() / "parts"};
  const train::History history = whole.fit();
  std::filesystem::create_directory(folder.path() / "parts");
  std::ofstream{folder.path() / "parts" / "checkpoint-000000000099.safetensors"} << "no checkpoint";
  int warnings = 0;
  parts.options.checkpoint.warn = [&](std::string_view) { ++warnings; };
  CHECK(equal_state(history, parts.fit()));
  CHECK(warnings == 1);
  CHECK(names_in(folder.path() / "parts").back() == "checkpoint-000000000035.safetensors");
}

TEST_CASE("a checkpoint of another training is refused by what differs") {
  const test::Folder folder;
  Run first{folder.path()};
  first.options.epochs = 2;
  (void)first.fit();
  const auto refuses = [&](Run& run, const std::string& text) {
    const Tensor before = run.net.W(1).value().copy();
    CHECK_THROWS_WITH(run.fit(), Contains(text) && Contains("checkpoint-000000000010.safetensors"));
    CHECK(same_bits(run.net.W(1).value(), before));
  };
  Run batch{folder.path()}, seed{folder.path()}, data{folder.path()}, momentum{folder.path(), 4, 0.5},
      rate{folder.path()};
  batch.options.batch_size = 15;
  refuses(batch, "batch_size: 15 here, 16 in the checkpoint");
  seed.options.seed = 6;
  refuses(seed, "seed: 6 here, 5 in the checkpoint");
  data.set.x.set({0, 3}, 100.0);
  refuses(data, "x: (4, 70) of f32, digest");
  refuses(momentum, "optimizer: Sgd, momentum 0.5");
  rate.descent.set_learning_rate(0.3);
  refuses(rate, "learning_rate: 0.3 here, 0.2 in the checkpoint");
  models::DeepNet other{{.layers = {4, 13, 1}}};
  optim::Sgd descent{parameters(other), {.learning_rate = 0.2, .momentum = 0.9}};
  train::FitOptions options = Run{folder.path()}.options;
  options.optimizer = &descent;
  options.validation = nullptr;
  options.observers.clear();
  CHECK_THROWS_WITH(train::fit(other, first.set, options),
                    Contains("another shape: \"parameter.W1\", (12, 4) in the file"));
}

TEST_CASE("data that lies otherwise in memory is the same data") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()};
  first.options.epochs = 2;
  (void)first.fit();
  second.set.x = second.set.x.transpose().copy().transpose();
  CHECK(second.fit().epochs.size() == 7);
}

TEST_CASE("a folder that holds checkpoints is refused where none is to be resumed") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()};
  (void)first.fit();
  second.options.checkpoint.resume = false;
  CHECK_THROWS_AS(second.fit(), ValueError);
  CHECK_THROWS_WITH(second.fit(), Contains("set resume, or choose another folder"));
}

TEST_CASE("so many checkpoints stay as were asked for, and the best one") {
  const test::Folder folder;
  Run run{folder.path()};
  run.options.checkpoint.keep = 1;
  run.options.checkpoint.every = 3;
  (void)run.fit();
  CHECK(names_in(folder.path()) == std::vector<std::string>{"checkpoint-000000000035.safetensors"});

  // The validation cost is least after the first epoch, and then rises.
  const test::Folder other;
  Run best{other.path()};
  best.options.checkpoint.keep = 2;
  best.options.checkpoint.keep_best = true;
  best.descent.set_learning_rate(0.05);
  train::Callbacks worse{{.on_epoch = [&](train::Training& t, const train::Epoch& e) {
    if (e.epoch > 1) t.optimizer().set_learning_rate(20.0);
  }}};
  best.options.observers = {&worse};
  const train::History history = best.fit();
  const std::string name = fmt::format("checkpoint-{:012}.safetensors", 5 * history.best_epoch);
  const std::vector<std::string> names = names_in(other.path());
  CHECK(std::find(names.begin(), names.end(), name) != names.end());
  CHECK(names.size() == (history.best_epoch >= 6 ? 2 : 3));
}

TEST_CASE("a signal writes a checkpoint at the end of the step, and the training goes on from there") {
  const test::Folder folder;
  const int signal = GENERATE(SIGTERM, SIGINT);
  Run whole{folder.path() / "whole"};
  const train::History history = whole.fit();
  for (const std::int64_t step : {2, 5}) {
    CAPTURE(step, signal);
    const std::filesystem::path parts = folder.path() / fmt::format("{} {}", step, signal);
    Run first{parts}, second{parts, 99};
    train::Ending ending = train::Ending::complete;
    struct Ended final : train::Observer {
      train::Ending& ending;
      explicit Ended(train::Ending& e) : ending{e} {}
      void on_end(train::Training&, train::Ending e) override { ending = e; }
    } ended{ending};
    train::Callbacks raising{{.on_step = [&](train::Training&, const train::Step& s) {
      if (s.epoch == 2 && s.step == step) std::raise(signal);
    }}};
    first.options.observers = {&first.falling, &raising, &ended};
    first.options.checkpoint.stop_on_signal = true;
    auto* const before = std::signal(signal, SIG_IGN);
    const train::History interrupted = first.fit();
    CHECK(std::signal(signal, before) == SIG_IGN);
    CHECK(interrupted.stopped);
    CHECK(ending == train::Ending::interrupted);
    CHECK(interrupted.epochs.size() == (step == 5 ? 2 : 1));
    CHECK(equal_state(history, second.fit()));
    CHECK(equal_state(whole.net, second.net));
  }
}

TEST_CASE("options of checkpoints that cannot be are refused") {
  const test::Folder folder;
  const auto refuses = [&](const train::CheckpointOptions& checkpoint, const std::string& text) {
    Run run{folder.path()};
    run.options.checkpoint = checkpoint;
    CHECK_THROWS_AS(run.fit(), ValueError);
    CHECK_THROWS_WITH(run.fit(), Contains(text));
  };
  refuses({.folder = folder.path(), .every = 0}, "checkpoint.every must be at least 1, got 0");
  refuses({.folder = folder.path(), .every_steps = -1}, "every_steps must not be negative");
  refuses({.folder = folder.path(), .keep = 0}, "keep must be at least 1");
  refuses({.resume = true}, "resume needs a folder");
  Run run{"/dev/null/folder"};
  CHECK_THROWS_AS(run.fit(), IoError);
}
