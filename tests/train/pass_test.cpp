// What fit and accuracy tell a model of the pass, and buffers in a training.
#include <capstan/capstan.hpp>

#include <stdexcept>
#include <vector>

#include "catch.hpp"
#include "data/files.hpp"
#include "same_bits.hpp"

using namespace capstan;

namespace {

/// Logistic regression whose x is centred by a running mean; in training by the mean of the batch, and with noise.
struct Noisy {
  models::Linear out;
  Buffer mean{"mean", Tensor::zeros({4, 1})};
  std::vector<bool>* passes = nullptr;

  explicit Noisy(Rng& rng) : out{{.inputs = 4, .outputs = 1}, rng} {}

  Var operator()(const Operand& x, const Pass& pass) const {
    if (passes != nullptr) passes->push_back(pass.training);
    if (!pass.training) {
      CHECK(pass.rng == nullptr);
      return out(x - mean);
    }
    const Var now = capstan::mean(x, {.axis = 1, .keepdims = true});
    update(mean, 0.75 * latest(mean, now) + 0.25 * now);
    return out((x - now) * (0.5 + pass.rng->uniform()));
  }
  Var cost(const Operand& x, const Operand& y, const Pass& pass) const {
    return binary_cross_entropy_with_logits((*this)(x, pass), y);
  }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("out", out);
    v("mean", mean);
  }
};

data::Dataset make_set(std::int64_t m, std::uint64_t seed) {
  Rng rng{seed};
  const Tensor x = Tensor::normal({4, m}, rng, {.mean = 1.0});
  Tensor y = Tensor::zeros({1, m});
  for (std::int64_t i = 0; i < m; ++i) y.set({0, i}, x.at({0, i}) > x.at({1, i}) ? 1.0 : 0.0);
  return {.x = x, .y = y};
}

/// Throws at a step of an epoch, as a process that ends there would do.
struct Failing final : train::Observer {
  void on_step(train::Training&, const train::Step& s) override {
    if (s.epoch == 3 && s.step == 2) throw std::runtime_error{"the process ends"};
  }
};

struct Run {
  Rng rng{3};
  Noisy net{rng};
  data::Dataset set = make_set(70, 1), held_out = make_set(33, 2);
  train::FitOptions options{.epochs = 5,
                            .batch_size = 16,
                            .learning_rate = 0.2,
                            .seed = 5,
                            .validation = &held_out,
                            .progress = {.style = train::ProgressStyle::quiet}};
  train::History fit() { return train::fit(net, set, options); }
};

bool equal_state(Noisy& a, Noisy& b) {
  const auto left = named_state(a), right = named_state(b);
  bool all = left.size() == 3 && right.size() == 3;
  for (std::size_t i = 0; i < left.size(); ++i) {
    all = all && same_bits(left[i].tensor.value(), right[i].tensor.value());
  }
  return all;
}

}  // namespace

TEST_CASE("fit trains in steps and evaluates in validation, and accuracy evaluates") {
  Run run;
  std::vector<bool> passes;
  run.net.passes = &passes;
  run.options.epochs = 2;
  const train::History history = run.fit();
  // five batches, the cost of the held-out set and its accuracy, twice
  const std::vector<bool> epoch{true, true, true, true, true, false, false};
  std::vector<bool> wanted = epoch;
  wanted.insert(wanted.end(), epoch.begin(), epoch.end());
  CHECK(passes == wanted);
  const Tensor mean = run.net.mean.value().copy();
  CHECK(mean.at({0, 0}) > 0.5);
  CHECK(train::accuracy(run.net, run.held_out) == history.epochs.back().accuracy);
  CHECK(passes.back() == false);
  CHECK(same_bits(run.net.mean.value(), mean));
}

TEST_CASE("the seed decides the random numbers of a training") {
  Run first, second, other;
  other.options.seed = 6;
  other.options.shuffle = false;
  first.options.shuffle = second.options.shuffle = false;
  first.fit(), second.fit(), other.fit();
  CHECK(equal_state(first.net, second.net));
  CHECK_FALSE(equal_state(first.net, other.net));
}

TEST_CASE("a resumed training draws the same random numbers and has the same buffers") {
  const test::Folder folder;
  Run whole, stopped, resumed;
  const train::History all = whole.fit();
  Failing failing;
  stopped.options.observers = {&failing};
  stopped.options.checkpoint = {.folder = folder.path(), .every_steps = 1};
  CHECK_THROWS_AS(stopped.fit(), std::runtime_error);
  resumed.options.checkpoint = {.folder = folder.path(), .resume = true};
  const train::History history = resumed.fit();
  CHECK(equal_state(whole.net, resumed.net));
  CHECK(history.epochs.back().validation_cost == all.epochs.back().validation_cost);
  whole.options.checkpoint = {.folder = folder.path() / "other", .generators = {{"capstan.mine", &whole.rng}}};
  CHECK_THROWS_WITH(whole.fit(), Catch::ContainsSubstring("got capstan.mine"));
}

TEST_CASE("early stopping goes back to the buffers of the best epoch") {
  Run run;
  Tensor best;
  double least = 1e9;
  train::Callbacks watch{{.on_epoch = [&](train::Training&, const train::Epoch& epoch) {
    if (epoch.watched_cost() < least) {
      least = epoch.watched_cost();
      best = run.net.mean.value().copy();
    }
    run.held_out.y.assign(Tensor::zeros({1, 33}));  // from now on nothing is as good
    if (epoch.epoch >= 1) run.net.out.W.assign(Tensor::full({1, 4}, 50.0));
  }}};
  train::EarlyStopping stopping{{.patience = 2}};
  run.options.observers = {&watch, &stopping};
  run.options.epochs = 9;
  run.fit();
  CHECK(same_bits(run.net.mean.value(), best));
}

TEST_CASE("files, checkpoints and clones keep buffers") {
  const test::Folder folder;
  Run run, other;
  run.fit();
  io::save(run.net, folder.path() / "net.safetensors");
  io::load(other.net, folder.path() / "net.safetensors");
  CHECK(equal_state(run.net, other.net));
  Run third;
  io::save_checkpoint(folder.path() / "run.safetensors", {named_state(run.net)});
  io::load_checkpoint(folder.path() / "run.safetensors", {named_state(third.net)});
  CHECK(equal_state(run.net, third.net));
  Noisy copy = clone(run.net);
  CHECK(equal_state(run.net, copy));
  copy.mean.assign(Tensor::zeros({4, 1}));
  CHECK_FALSE(equal_state(run.net, copy));
}
