// What ends a training before its last epoch: callbacks and early stopping.
#include <cmath>
#include <limits>
#include <vector>

#include <capstan/models/deep_net.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/arithmetic.hpp>
#include <capstan/ops/reductions.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/train/fit.hpp>

#include "catch.hpp"
#include "line_problem.hpp"

using namespace capstan;
using train::EpochEvent;
using train::fit;
using train::StepEvent;

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
auto follow(Follower& model, std::int64_t epochs, const train::EarlyStopping& stopping) {
  const data::Dataset validation = one(0.7);
  return fit(model, one(1.0),
             {.epochs = epochs,
              .learning_rate = 0.25,
              .validation = &validation,
              .early_stopping = stopping,
              .progress = quiet});
}

}  // namespace

TEST_CASE("on_step sees every step and may end the training") {
  std::vector<std::int64_t> steps;
  const auto history = fit_new(fresh(), line_problem(50, 1),
                               {.epochs = 5,
                                .batch_size = 16,
                                .learning_rate = 0.1,
                                .on_step =
                                    [&](StepEvent& e) {
                                      CHECK(e.steps == 4);
                                      CHECK(e.cost > 0.0);
                                      steps.push_back(10 * e.epoch + e.step);
                                      e.stop = e.epoch == 2 && e.step == 3;
                                    },
                                .progress = quiet});
  CHECK(steps == std::vector<std::int64_t>{11, 12, 13, 14, 21, 22, 23});
  CHECK(history.stopped);
  CHECK(history.epochs.size() == 2);  // the epoch that was cut short is told too
}

TEST_CASE("on_epoch sees every epoch and may end the training") {
  std::vector<double> costs;
  const auto history = fit_new(fresh(), line_problem(50, 1),
                               {.epochs = 50,
                                .learning_rate = 0.1,
                                .on_epoch =
                                    [&](EpochEvent& e) {
                                      costs.push_back(e.epoch.cost);
                                      e.stop = e.epoch.epoch == 3;
                                    },
                                .progress = quiet});
  REQUIRE(history.epochs.size() == 3);
  CHECK(history.stopped);
  for (std::size_t i = 0; i < 3; ++i) CHECK(costs[i] == history.epochs[i].cost);
}

TEST_CASE("callbacks may change the learning rate") {
  optim::Sgd* const none = nullptr;
  std::vector<double> values;
  Follower model;
  fit(model, one(1.0),
      {.epochs = 4,
       .learning_rate = 0.25,
       .optimizer = none,
       .on_epoch =
           [&](EpochEvent& e) {
             values.push_back(model.t.value().item());
             e.optimizer.set_learning_rate(e.epoch.epoch == 2 ? 0.0 : 0.25);
           },
       .progress = quiet});
  CHECK(values == std::vector<double>{0.5, 0.75, 0.75, 0.875});
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
    fit(model, one(1.0),
        {.epochs = 50,
         .learning_rate = 0.25,
         .validation = &validation,
         .early_stopping = {.patience = 10, .restore_best = restore_best},
         .on_epoch =
             [](EpochEvent& e) {
               if (e.epoch.epoch == 3) e.optimizer.set_learning_rate(1e300);
             },
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
  const auto history = fit(
      model, one(1.0),
      {.epochs = 50, .learning_rate = 0.25, .early_stopping = {.patience = 2, .min_delta = 0.25}, .progress = quiet});
  CHECK(history.stopped);
  CHECK(history.epochs.size() == 4);
  CHECK(history.best_epoch == 4);  // the least cost is the best, by however little
}

TEST_CASE("small falls that add up to more than min_delta are an improvement") {
  // t creeps towards 1 by 1 % an epoch: every single fall of the cost is below min_delta.
  Follower model;
  const auto history = fit(
      model, one(1.0),
      {.epochs = 30, .learning_rate = 0.005, .early_stopping = {.patience = 4, .min_delta = 0.03}, .progress = quiet});
  CHECK_FALSE(history.stopped);
  CHECK(history.epochs.size() == 30);
}
