// What ends a training before its last epoch, and what follows it: observers, early stopping among them.
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/tensor/error.hpp>
#include <capstan/train/early_stopping.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"
#include "line_problem.hpp"

using namespace capstan;
using train::Callbacks;
using train::EarlyStopping;
using train::Ending;
using train::Epoch;
using train::fit;
using train::Step;
using train::Training;

namespace {

constexpr train::ProgressOptions quiet{.style = train::ProgressStyle::quiet};

models::LogisticRegression fresh() { return models::LogisticRegression{{.inputs = 2, .dtype = DType::f64}}; }

/// One number t, and the cost (t − x)² for x (1, 1): a set of one example says where t is drawn to, and a validation set
/// says at which t the validation cost is least.
struct Follower {
  Parameter t{"t", Tensor::zeros({1, 1}, DType::f64)};

  Var cost(const Operand& x, const Operand&) const { return mean(square(x - t, x.where())); }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("t", t);
  }
};

data::Dataset one(double x) { return {Tensor::full({1, 1}, x, DType::f64), Tensor::zeros({1, 1}, DType::f64)}; }

/// t goes 0.5, 0.75, 0.875, … towards 1; on the way the validation cost is least at 0.75.
auto follow(Follower& model, std::int64_t epochs, const train::EarlyStoppingOptions& options) {
  EarlyStopping stopping{options};
  const data::Dataset validation = one(0.7);
  return fit(model, one(1.0),
             {.epochs = epochs,
              .learning_rate = 0.25,
              .validation = &validation,
              .observers = {&stopping},
              .progress = quiet});
}

}  // namespace

TEST_CASE("an observer sees every step and may end the training") {
  std::vector<std::int64_t> steps;
  double sum = 0.0;
  Callbacks watch{{.on_step = [&](Training& training, const Step& step) {
    CHECK(training.steps() == 4);
    CHECK(training.epochs() == 5);
    CHECK(step.cost > 0.0);
    sum = (step.step == 1 ? 0.0 : sum) + step.cost;
    if (step.step < 4) CHECK(step.mean_cost == Approx(sum / static_cast<double>(step.step)));
    steps.push_back(10 * step.epoch + step.step);
    if (step.epoch == 2 && step.step == 3) training.stop();
  }}};
  const auto history =
      fit_new(fresh(), line_problem(50, 1),
              {.epochs = 5, .batch_size = 16, .learning_rate = 0.1, .observers = {&watch}, .progress = quiet});
  CHECK(steps == std::vector<std::int64_t>{11, 12, 13, 14, 21, 22, 23});
  CHECK(history.stopped);
  CHECK(history.epochs.size() == 2);  // the epoch that was cut short is told too
}

TEST_CASE("an observer sees every epoch and may end the training") {
  std::vector<double> costs;
  Callbacks watch{{.on_epoch = [&](Training& training, const Epoch& epoch) {
    costs.push_back(epoch.cost);
    CHECK(training.history().epochs.size() == costs.size());
    if (epoch.epoch == 3) training.stop();
  }}};
  const auto history = fit_new(fresh(), line_problem(50, 1),
                               {.epochs = 50, .learning_rate = 0.1, .observers = {&watch}, .progress = quiet});
  REQUIRE(history.epochs.size() == 3);
  CHECK(history.stopped);
  for (std::size_t i = 0; i < 3; ++i) CHECK(costs[i] == history.epochs[i].cost);
}

TEST_CASE("an observer may change the learning rate") {
  std::vector<double> values;
  Follower model;
  Callbacks schedule{{.on_epoch = [&](Training& training, const Epoch& epoch) {
    values.push_back(model.t.value().item());
    training.optimizer().set_learning_rate(epoch.epoch == 2 ? 0.0 : 0.25);
  }}};
  fit(model, one(1.0), {.epochs = 4, .learning_rate = 0.25, .observers = {&schedule}, .progress = quiet});
  CHECK(values == std::vector<double>{0.5, 0.75, 0.75, 0.875});
}

TEST_CASE("an observer may write parameters, and the training goes on from there") {
  Follower model;
  Callbacks back{{.on_epoch = [](Training& training, const Epoch&) {
    Parameter t = training.parameters()[0].parameter;
    t.assign(Tensor::zeros({1, 1}, DType::f64));
  }}};
  const auto history =
      fit(model, one(1.0), {.epochs = 3, .learning_rate = 0.25, .observers = {&back}, .progress = quiet});
  for (const Epoch& epoch : history.epochs) CHECK(epoch.cost == 1.0);
  CHECK(model.t.value().item() == 0.0);
}

TEST_CASE("observers are told of start, epochs, steps and end, in their order") {
  struct Diary final : train::Observer {
    Diary(std::string name, std::string& text) : name_{std::move(name)}, text_{text} {}
    void on_start(Training&) override { text_ += name_ + "start "; }
    void on_epoch_start(Training&, std::int64_t epoch) override { text_ += name_ + std::to_string(epoch) + "( "; }
    void on_step(Training&, const Step& step) override { text_ += name_ + std::to_string(step.step) + " "; }
    void on_epoch(Training&, const Epoch& epoch) override { text_ += name_ + std::to_string(epoch.epoch) + ") "; }
    void on_end(Training&, Ending ending) override {
      text_ += name_ + (ending == Ending::complete  ? "complete "
                        : ending == Ending::stopped ? "stopped "
                                                    : "diverged ");
    }
    std::string name_;
    std::string& text_;
  };
  std::string text;
  Diary a{"a", text}, b{"b", text};
  const auto train = [&](double learning_rate, const std::vector<train::Observer*>& observers) {
    text.clear();
    Follower model;
    fit(model, one(1.0), {.epochs = 2, .learning_rate = learning_rate, .observers = observers, .progress = quiet});
  };
  train(0.25, {&a, &b});
  CHECK(text == "astart bstart a1( b1( a1 b1 a1) b1) a2( b2( a1 b1 a2) b2) acomplete bcomplete ");
  Callbacks stop{{.on_step = [](Training& training, const Step&) { training.stop(); }}};
  train(0.25, {&a, &stop});
  CHECK(text == "astart a1( a1 a1) astopped ");
  CHECK_THROWS_AS(train(1e300, {&a}), train::DivergenceError);
  CHECK(text == "astart a1( a1 a1) a2( adiverged ");
}

TEST_CASE("an exception from an observer ends fit and reaches the caller") {
  Callbacks refuse{{.on_epoch = [](Training&, const Epoch&) { throw std::runtime_error{"no"}; }}};
  Follower model;
  CHECK_THROWS_AS(fit(model, one(1.0), {.learning_rate = 0.25, .observers = {&refuse}, .progress = quiet}),
                  std::runtime_error);
  CHECK(model.t.value().item() == 0.5);
}

TEST_CASE("early stopping refuses a patience below 1, and a min_delta that is no distance") {
  const std::source_location here = std::source_location::current();
  const auto refuses = [&](const train::EarlyStoppingOptions& options, const std::string& text) {
    CHECK_THROWS_AS(EarlyStopping{options}, ValueError);
    CHECK_THROWS_WITH(EarlyStopping(options, here), "EarlyStopping: " + text + "\n  at " + engine::place(here));
  };
  refuses({}, "patience must be at least 1, got 0");
  refuses({.patience = -2}, "patience must be at least 1, got -2");
  refuses({.patience = 1, .min_delta = -0.5}, "min_delta must be finite and not negative, got -0.5");
  refuses({.patience = 1, .min_delta = INFINITY}, "min_delta must be finite and not negative, got inf");
}

TEST_CASE("early stopping may be used for one training after the other") {
  EarlyStopping stopping{{.patience = 3}};
  const data::Dataset validation = one(0.7);
  for (int turn = 0; turn < 2; ++turn) {
    Follower model;
    const auto history = fit(
        model, one(1.0),
        {.epochs = 50, .learning_rate = 0.25, .validation = &validation, .observers = {&stopping}, .progress = quiet});
    CHECK(history.epochs.size() == 5);
    CHECK(model.t.value().item() == 0.75);
  }
}

TEST_CASE("early stopping waits for patience epochs and gives the best parameters back") {
  Follower model;
  const auto history = follow(model, 50, {.patience = 3});
  CHECK(history.stopped);
  CHECK(history.epochs.size() == 5);
  CHECK(history.best_epoch == 2);
  CHECK(model.t.value().item() == 0.75);
}

TEST_CASE("early stopping leaves the last parameters where the best are not wanted") {
  Follower model;
  const auto history = follow(model, 50, {.patience = 3, .restore_best = false});
  CHECK(history.best_epoch == 2);
  CHECK(model.t.value().item() == 0.96875);
}

TEST_CASE("the best parameters come back when the epochs run out too") {
  Follower model;
  const auto history = follow(model, 4, {.patience = 10});
  CHECK_FALSE(history.stopped);
  CHECK(history.epochs.size() == 4);
  CHECK(model.t.value().item() == 0.75);
}

TEST_CASE("the best parameters come back when the training diverges") {
  // t goes 0.5, 0.75, 0.875; then a learning rate out of all proportion takes it beyond what a double holds.
  const data::Dataset validation = one(0.7);
  Follower model;
  const auto train = [&](bool restore_best) {
    EarlyStopping stopping{{.patience = 10, .restore_best = restore_best}};
    Callbacks leap{{.on_epoch = [](Training& training, const Epoch& epoch) {
      if (epoch.epoch == 3) training.optimizer().set_learning_rate(1e300);
    }}};
    fit(model, one(1.0),
        {.epochs = 50,
         .learning_rate = 0.25,
         .validation = &validation,
         .observers = {&stopping, &leap},
         .progress = quiet});
  };
  CHECK_THROWS_AS(train(true), train::DivergenceError);
  CHECK(model.t.value().item() == 0.75);
  CHECK_THROWS_AS(train(false), train::DivergenceError);
  CHECK(std::abs(model.t.value().item()) > 1e100);
}

TEST_CASE("without early stopping the last parameters stay, and the best epoch is still told") {
  const data::Dataset validation = one(0.7);
  Follower model;
  const auto history =
      fit(model, one(1.0), {.epochs = 4, .learning_rate = 0.25, .validation = &validation, .progress = quiet});
  CHECK(history.best_epoch == 2);
  CHECK(model.t.value().item() == 0.9375);
}

TEST_CASE("a fall of no more than min_delta is no improvement") {
  // The training cost is 1, 1/4, 1/16, 1/64, …: from the third epoch on it falls by less than 0.25.
  Follower model;
  EarlyStopping stopping{{.patience = 2, .min_delta = 0.25}};
  const auto history =
      fit(model, one(1.0), {.epochs = 50, .learning_rate = 0.25, .observers = {&stopping}, .progress = quiet});
  CHECK(history.stopped);
  CHECK(history.epochs.size() == 4);
  CHECK(history.best_epoch == 4);  // the least cost is the best, by however little
}

TEST_CASE("small falls that add up to more than min_delta are an improvement") {
  // t creeps towards 1 by 1 % an epoch: every single fall of the cost is below min_delta.
  Follower model;
  EarlyStopping stopping{{.patience = 4, .min_delta = 0.03}};
  const auto history =
      fit(model, one(1.0), {.epochs = 30, .learning_rate = 0.005, .observers = {&stopping}, .progress = quiet});
  CHECK_FALSE(history.stopped);
  CHECK(history.epochs.size() == 30);
}
