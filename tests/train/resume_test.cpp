// Trainings that stop and go on.
#include <capstan/capstan.hpp>

#include <fstream>
#include <stdexcept>

#include "catch.hpp"
#include "data/files.hpp"
#include "resumed_run.hpp"
#include "same_bits.hpp"

using namespace capstan;
using Catch::Contains;
using test::all_same;
using test::Failing;
using test::names_in;
using test::Run;

namespace {

struct Line {
  Parameter w;
  Var cost(const Operand& x, const Operand& y) const { return mean_squared_error(matmul(w, x), y); }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("w", w);
  }
};

/// Its cost is near the end of the format.
struct Large {
  Parameter w{"w", Tensor::ones({1, 1}, DType::f64)};
  Var cost(const Operand& x, const Operand&) const { return mean(matmul(w, x)) * 1e308; }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("w", w);
  }
};

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
    CHECK(all_same(whole.net, second.net));
    CHECK(all_same(history, resumed));
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
    CHECK(all_same(history, second.fit()));
    CHECK(all_same(whole.net, second.net));
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
    CHECK(all_same(history, resumed));
    CHECK(all_same(net, other));
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
  CHECK(all_same(history, second.fit()));
  CHECK(all_same(whole.net, second.net));
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("passed over") && Contains(names[1]) && Contains("is damaged"));
  // Only what this training wrote is removed; the damaged one was written over.
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
  CHECK(all_same(history, parts.fit()));
  CHECK(warnings == 1);
  CHECK(names_in(folder.path() / "parts") == std::vector<std::string>{"checkpoint-000000000030.safetensors",
                                                                      "checkpoint-000000000035.safetensors",
                                                                      "checkpoint-000000000099.safetensors"});
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
  refuses(momentum, "optimizer.momentum: 0.5 here, 0.9 in the checkpoint");
  rate.descent.set_learning_rate(0.3);
  refuses(rate, "learning_rate: 0.3 here, 0.2 in the checkpoint");
  models::DeepNet other{{.layers = {4, 13, 1}}};
  optim::Sgd descent{parameters(other), {.learning_rate = 0.2, .momentum = 0.9}};
  train::FitOptions options = Run{folder.path()}.options;
  options.optimizer = &descent;
  options.validation = nullptr;
  options.observers.clear();
  CHECK_THROWS_WITH(train::fit(other, first.set, options),
                    Contains("model: {\"kind\":\"DeepNet\",\"layers\":[4,13,1]"));
}

TEST_CASE("a checkpoint of another activation, validation set or observer is refused") {
  const test::Folder folder;
  Run first{folder.path()};
  first.options.epochs = 2;
  (void)first.fit();
  Run held_out{folder.path()}, layout{folder.path()}, observed{folder.path()};
  models::DeepNet net{{.layers = {4, 12, 1}, .hidden = Activation::relu}};
  optim::Sgd descent{parameters(net), {.learning_rate = 0.2, .momentum = 0.9}};
  train::FitOptions options = first.options;
  options.optimizer = &descent;
  CHECK_THROWS_WITH(train::fit(net, first.set, options), Contains("model: {") && Contains("relu") && Contains("tanh"));
  held_out.held_out.x.set({0, 0}, 100.0);
  CHECK_THROWS_WITH(held_out.fit(), Contains("validation x: (4, 33) of f32, digest"));
  layout.held_out.x = layout.held_out.x.transpose().copy().transpose();
  CHECK_THROWS_WITH(layout.fit(), Contains("validation x: ") && Contains("strides (1, 4) here"));
  train::EarlyStopping stopping{{.patience = 3}};
  observed.options.observers.push_back(&stopping);
  CHECK_THROWS_WITH(observed.fit(), Contains("observers: EarlyStopping#1 here, none in the checkpoint"));
}

TEST_CASE("a model of one's own of other shapes is refused by its parameters") {
  const test::Folder folder;
  const data::Dataset narrow = test::make_set(20, 1);
  Line first{Parameter{"w", Tensor::zeros({1, 4})}}, second{Parameter{"w", Tensor::zeros({1, 4}, DType::f64)}};
  train::FitOptions options{.epochs = 1,
                            .learning_rate = 0.1,
                            .progress = {.style = train::ProgressStyle::quiet},
                            .checkpoint = {.folder = folder.path(), .resume = true}};
  (void)train::fit(first, narrow, options);
  CHECK_THROWS_WITH(train::fit(second, narrow, options), Contains("another dtype: \"parameter.w\""));
}

TEST_CASE("a training with a schedule, or that waits for a plateau, goes on to the same bits") {
  const test::Folder folder;
  const auto run = [&](const std::filesystem::path& parts, std::int64_t epochs, std::uint64_t seed, bool scheduled) {
    train::ReduceOnPlateau reducing{{.learning_rate = 0.3, .factor = 0.5, .patience = 0, .threshold = 0.5}};
    Run part{parts, seed};
    part.options.epochs = epochs;
    part.options.observers.clear();
    if (scheduled) {
      part.options.schedule =
          optim::warm_up({.steps = 8}, optim::cosine({.learning_rate = 0.3, .lowest = 0.01, .steps = 25}));
    } else {
      part.options.observers.push_back(&reducing);
    }
    const train::History history = part.fit();
    CHECK(part.descent.learning_rate() != 0.3);
    return std::pair{history, part.net};
  };
  for (const bool scheduled : {true, false}) {
    CAPTURE(scheduled);
    const auto [history, net] = run(folder.path() / fmt::format("whole {}", scheduled), 9, 4, scheduled);
    for (const std::int64_t epochs : {4, 8}) {
      const std::filesystem::path parts = folder.path() / fmt::format("{} {}", scheduled, epochs);
      (void)run(parts, epochs, 4, scheduled);
      const auto [resumed, other] = run(parts, 9, 99, scheduled);
      CHECK(all_same(history, resumed));
      CHECK(all_same(net, other));
    }
  }
}

TEST_CASE("a training of another schedule is refused") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()}, none{folder.path()};
  first.options.schedule = optim::step({.learning_rate = 0.1, .every = 3, .factor = 0.5});
  second.options.schedule = optim::step({.learning_rate = 0.1, .every = 4, .factor = 0.5});
  first.options.epochs = 1;
  (void)first.fit();
  CHECK_THROWS_WITH(second.fit(), Contains("schedule: step, learning_rate 0.1, every 4, factor 0.5 here, step, "
                                           "learning_rate 0.1, every 3, factor 0.5 in the checkpoint"));
  CHECK_THROWS_WITH(none.fit(), Contains("schedule: nothing here, step, learning_rate 0.1"));
}

TEST_CASE("data that lies otherwise in memory is the same data") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()};
  first.options.epochs = 2;
  (void)first.fit();
  second.set.x = second.set.x.transpose().copy().transpose();
  CHECK(second.fit().epochs.size() == 7);
}

TEST_CASE("where batches are views of the data, how it lies belongs to it") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()}, third{folder.path()};
  for (Run* const run : {&first, &second, &third}) run->options.shuffle = false;
  first.options.epochs = 2;
  (void)first.fit();
  second.set.x = second.set.x.transpose().copy().transpose();
  CHECK_THROWS_WITH(second.fit(), Contains("strides (1, 4) here, ") && Contains("strides (70, 1) in the checkpoint"));
  CHECK(third.fit().epochs.size() == 7);
}

TEST_CASE("a start of an epoch is told once, also where the training goes on within it") {
  struct Falling final : train::Observer {
    int resumed = 0;
    void on_epoch_start(train::Training& t, std::int64_t) override {
      t.optimizer().set_learning_rate(t.optimizer().learning_rate() * 0.5);
    }
    void on_resume(train::Training&) override { ++resumed; }
  };
  const test::Folder folder;
  Falling falling, again;
  Run whole{folder.path() / "whole"}, first{folder.path() / "parts"}, second{folder.path() / "parts", 99};
  Failing failing{3, 4};
  whole.options.observers = {&falling};
  const train::History history = whole.fit();
  CHECK(falling.resumed == 0);
  first.options.observers = {&falling, &failing};
  second.options.observers = {&again};
  for (Run* const run : {&first, &second}) run->options.checkpoint.every_steps = 1;
  CHECK_THROWS_AS(first.fit(), std::runtime_error);
  CHECK(all_same(history, second.fit()));
  CHECK(all_same(whole.net, second.net));
  CHECK(whole.descent.learning_rate() == second.descent.learning_rate());
  CHECK(again.resumed == 1);
}

TEST_CASE("a training that an observer stopped says that it is not gone on with, and goes on where that is asked for") {
  const test::Folder folder;
  Run first{folder.path()}, second{folder.path()}, third{folder.path()};
  train::Callbacks stopping{{.on_epoch = [](train::Training& t, const train::Epoch& e) {
    if (e.epoch == 2) t.stop();
  }}};
  first.options.observers = {&first.falling, &stopping};
  CHECK(first.fit().epochs.size() == 2);
  std::vector<std::string> warnings;
  for (Run* const run : {&second, &third}) {
    run->options.checkpoint.warn = [&](std::string_view text) { warnings.emplace_back(text); };
  }
  CHECK(second.fit().epochs.size() == 2);
  REQUIRE(warnings.size() == 1);
  CHECK_THAT(warnings[0], Contains("stopped this training after epoch 2") && Contains("resume_stopped"));
  third.options.checkpoint.resume_stopped = true;
  const train::History history = third.fit();
  CHECK(history.epochs.size() == 7);
  CHECK(!history.stopped);
  CHECK(warnings.size() == 1);
}

TEST_CASE("costs near the end of the format have a mean, and their checkpoint is read") {
  const test::Folder folder;
  const data::Dataset set{.x = Tensor::ones({1, 40}, DType::f64), .y = Tensor::zeros({1, 40}, DType::f64)};
  train::FitOptions options{.epochs = 1,
                            .batch_size = 8,
                            .learning_rate = 0.0,
                            .validation = &set,
                            .progress = {.style = train::ProgressStyle::quiet},
                            .checkpoint = {.folder = folder.path(), .resume = true}};
  Large first, second;
  CHECK(train::fit(first, set, options).epochs[0].cost == 1e308);
  options.epochs = 2;
  const train::History history = train::fit(second, set, options);
  CHECK(history.epochs[0].cost == 1e308);
  CHECK(history.epochs[1].validation_cost == 1e308);
}
