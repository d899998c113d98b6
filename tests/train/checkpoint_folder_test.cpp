// Checkpoints of fit in their folder: which stay, which are refused, and the ones that signals ask for.
#include <capstan/capstan.hpp>

#include <csignal>
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

  // Of epochs 3, 6 and 7, which are written, the third has the least cost.
  const test::Folder sparse;
  for (const std::int64_t epochs : {3, 7}) {
    Run every{sparse.path()};
    every.options.epochs = epochs;
    every.options.checkpoint.every = 3;
    every.options.checkpoint.keep = 1;
    every.options.checkpoint.keep_best = true;
    every.descent.set_learning_rate(0.05);
    train::Callbacks later{{.on_epoch = [&](train::Training& t, const train::Epoch& e) {
      if (e.epoch == 3) t.optimizer().set_learning_rate(20.0);
    }}};
    every.options.observers = {&later};
    const train::History costs = every.fit();
    const auto cost = [&](std::size_t epoch) { return costs.epochs[epoch - 1].watched_cost(); };
    if (epochs == 7) REQUIRE((cost(3) < cost(6) && cost(3) < cost(7)));
  }
  CHECK(names_in(sparse.path()) ==
        std::vector<std::string>{"checkpoint-000000000015.safetensors", "checkpoint-000000000035.safetensors"});
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
    constexpr auto own = [](int) {};
    auto* const before = std::signal(signal, own);
    const train::History interrupted = first.fit();
    CHECK(std::signal(signal, before) == +own);
    CHECK(interrupted.stopped);
    CHECK(ending == train::Ending::interrupted);
    CHECK(interrupted.epochs.size() == (step == 5 ? 2 : 1));
    CHECK(all_same(history, second.fit()));
    CHECK(all_same(whole.net, second.net));
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
  refuses({.stop_on_signal = true}, "stop_on_signal needs a folder");
  refuses({.folder = folder.path(), .generators = {{"dropout", nullptr}}}, "\"dropout\" must be given, got null");
  CHECK(std::filesystem::is_empty(folder.path()));
  Run run{"/dev/null/folder"};
  CHECK_THROWS_AS(run.fit(), IoError);
}
