#include <capstan/train/fit.hpp>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <fmt/core.h>

#include <capstan/data/batches.hpp>
#include <capstan/models/deep_net.hpp>
#include <capstan/models/linear.hpp>
#include <capstan/models/logistic_regression.hpp>
#include <capstan/ops/losses.hpp>
#include <capstan/optim/sgd.hpp>
#include <capstan/train/accuracy.hpp>

#include "captured.hpp"
#include "catch.hpp"
#include "line_problem.hpp"

using namespace capstan;
using train::fit;

namespace {

constexpr train::ProgressOptions quiet{.style = train::ProgressStyle::quiet};

models::LogisticRegression fresh() { return models::LogisticRegression{{.inputs = 2, .dtype = DType::f64}}; }

/// A user's model whose cost takes a Var and a Tensor, and which has no operator().
struct Regression {
  models::Linear line;

  explicit Regression(Rng& rng) : line{{.inputs = 2, .outputs = 1, .dtype = DType::f64}, rng} {}
  Var cost(const Var& x, const Tensor& y) const { return mean_squared_error(line(x), y); }
  template <class Visitor>
  void visit(Visitor&& v) {
    v("line", line);
  }
};

}  // namespace

TEST_CASE("fit takes no const model and no temporary") {
  const auto takes = [](auto&& model) {
    return requires(const data::Dataset& set) { fit(std::forward<decltype(model)>(model), set, {}); };
  };
  models::LogisticRegression model = fresh();
  CHECK(takes(model));
  CHECK_FALSE(takes(std::as_const(model)));
  CHECK_FALSE(takes(fresh()));
}

TEST_CASE("fit takes the same steps as the loop written by hand") {
  const data::Dataset train = line_problem(50, 1);
  models::LogisticRegression by_hand = fresh(), by_fit = fresh();
  optim::Sgd descent{parameters(by_hand), {.learning_rate = 0.3}};
  data::Batches batches = data::batches(train, {.batch_size = 16, .shuffle = true, .seed = 9});
  Tape tape;
  std::vector<double> costs;
  for (int epoch = 0; epoch < 3; ++epoch) {
    double sum = 0.0;
    for (const data::Batch& batch : batches) {
      tape.rewind();
      const Var cost = by_hand.cost(tape.constant(batch.x), batch.y);
      descent.step(tape.backward(cost));
      sum += cost.item() * static_cast<double>(batch.examples());
    }
    costs.push_back(sum / 50);
  }
  const train::History history =
      fit(by_fit, train, {.epochs = 3, .batch_size = 16, .learning_rate = 0.3, .seed = 9, .progress = quiet});
  REQUIRE(history.epochs.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(history.epochs[i].epoch == static_cast<std::int64_t>(i + 1));
    CHECK(history.epochs[i].cost == costs[i]);
    CHECK_FALSE(history.epochs[i].validation_cost);
    CHECK_FALSE(history.epochs[i].accuracy);
    CHECK(history.epochs[i].seconds >= 0.0);
  }
  CHECK(by_fit.w.value().at({0, 0}) == by_hand.w.value().at({0, 0}));
  CHECK(by_fit.b.value().item() == by_hand.b.value().item());
  CHECK_FALSE(history.stopped);
  CHECK(history.best_epoch == 3);
}

TEST_CASE("fit descends with the optimizer it is given") {
  const data::Dataset train = line_problem(64, 1);
  models::LogisticRegression plain = fresh(), fast = fresh();
  optim::Sgd momentum{parameters(fast), {.learning_rate = 0.1, .momentum = 0.9}};
  const auto slow_history = fit(plain, train, {.epochs = 5, .learning_rate = 0.1, .progress = quiet});
  const auto fast_history = fit(fast, train, {.epochs = 5, .optimizer = &momentum, .progress = quiet});
  CHECK(fast_history.epochs.back().cost < slow_history.epochs.back().cost);
  const auto state = momentum.state();
  const auto has_momentum = [](const optim::StateEntry& entry) { return entry.slot == "momentum"; };
  CHECK(std::count_if(state.begin(), state.end(), has_momentum) == 2);
}

TEST_CASE("fit validates after each epoch, with cost and accuracy") {
  const data::Dataset train = line_problem(200, 1), validation = line_problem(1500, 2);
  models::LogisticRegression model = fresh();
  const auto history =
      fit(model, train, {.epochs = 4, .learning_rate = 0.5, .validation = &validation, .progress = quiet});
  Tape tape;
  const double cost = model.cost(tape.constant(validation.x), validation.y).item();
  REQUIRE(history.epochs.back().validation_cost);
  CHECK(*history.epochs.back().validation_cost == Approx(cost).epsilon(1e-12));
  CHECK(history.epochs.back().accuracy == train::accuracy(model, validation));
  CHECK(*history.epochs.front().accuracy <= 1.0);
}

TEST_CASE("fit leaves accuracy out where it makes no sense, or is not wanted") {
  const data::Dataset train = line_problem(40, 1);
  data::Dataset prices = train;
  prices.y = Tensor::full({1, 40}, 0.5, DType::f64);
  Rng rng{1};
  models::DeepNet regression{{.layers = {2, 1}, .output = Activation::identity, .dtype = DType::f64}};
  const auto accuracy = [&](auto model, const data::Dataset& set, bool wanted) {
    train::FitOptions options{.epochs = 1, .learning_rate = 0.1, .validation = &set, .progress = quiet};
    options.accuracy = wanted;
    const auto history = fit(model, set, options);
    CHECK(history.epochs[0].validation_cost);
    return history.epochs[0].accuracy;
  };
  CHECK(accuracy(fresh(), train, true));
  CHECK_FALSE(accuracy(fresh(), train, false));
  CHECK_FALSE(accuracy(regression, prices, true));
  CHECK_FALSE(accuracy(Regression{rng}, train, true));  // has no operator()
}

TEST_CASE("fit knows classes by labels and by columns with one 1") {
  Rng rng{1};
  const Tensor x = Tensor::normal({3, 4}, rng);
  models::DeepNet net{{.layers = {3, 2}, .output = Activation::softmax}};
  const auto has_accuracy = [&](const Tensor& y) {
    const data::Dataset set{x, y};
    const auto history = fit(net, set, {.epochs = 1, .learning_rate = 0.1, .validation = &set, .progress = quiet});
    return history.epochs[0].accuracy.has_value();
  };
  CHECK(has_accuracy(Tensor::from({0, 1, 1, 0}, {4})));
  CHECK(has_accuracy(Tensor::from({1.0F, 0.0F, 1.0F, 0.0F, 0.0F, 1.0F, 0.0F, 1.0F}, {2, 4})));
  CHECK_FALSE(has_accuracy(Tensor::from({1.0F, 0.0F, 1.0F, 0.0F, 1.0F, 1.0F, 0.0F, 1.0F}, {2, 4})));
  CHECK_FALSE(has_accuracy(Tensor::full({2, 4}, 0.5)));
}

TEST_CASE("fit trains any struct with visit and cost") {
  data::Dataset train = line_problem(100, 1);
  for (std::int64_t i = 0; i < 100; ++i) train.y.set({0, i}, 3.0 * train.x.at({0, i}) - train.x.at({1, i}) + 2.0);
  Rng rng{1};
  Regression model{rng};
  const auto history = fit(model, train, {.epochs = 60, .batch_size = 20, .learning_rate = 0.1, .progress = quiet});
  CHECK(history.epochs.back().cost < 1e-10);
  CHECK(model.line.W.value().at({0, 0}) == Approx(3.0).epsilon(1e-4));
  CHECK(model.line.W.value().at({0, 1}) == Approx(-1.0).epsilon(1e-4));
  CHECK(model.line.b->value().item() == Approx(2.0).epsilon(1e-4));
}

TEST_CASE("without shuffle the batches come in order, with it every seed has an order of its own") {
  const data::Dataset train = line_problem(60, 1);
  const auto first_cost = [&](bool shuffle, std::uint64_t seed) {
    models::DeepNet net{{.layers = {2, 1}, .seed = 4, .dtype = DType::f64}};
    double cost = 0.0;
    train::Callbacks first{
        {.on_step = [&](train::Training&, const train::Step& step) { cost = step.step == 1 ? step.cost : cost; }}};
    fit(net, train,
        {.epochs = 1,
         .batch_size = 10,
         .learning_rate = 0.1,
         .shuffle = shuffle,
         .seed = seed,
         .observers = {&first},
         .progress = quiet});
    return cost;
  };
  CHECK(first_cost(false, 1) == first_cost(false, 2));
  CHECK(first_cost(true, 1) == first_cost(true, 1));
  CHECK(first_cost(true, 1) != first_cost(true, 2));
  CHECK(first_cost(true, 1) != first_cost(false, 1));
}

TEST_CASE("no epochs train nothing") {
  models::LogisticRegression model = fresh();
  const auto history = fit(model, line_problem(10, 1), {.epochs = 0, .learning_rate = 1.0, .progress = quiet});
  CHECK(history.epochs.empty());
  CHECK(history.best_epoch == 0);
  CHECK(model.w.value().at({0, 0}) == 0.0);
}

TEST_CASE("a batch may be larger than the set") {
  const auto history =
      fit_new(fresh(), line_problem(10, 1), {.epochs = 2, .batch_size = 1000, .learning_rate = 1.0, .progress = quiet});
  CHECK(history.epochs[0].cost == Approx(std::log(2.0)));
}

TEST_CASE("fit writes a line an epoch where there is no terminal") {
  const Captured captured;
  const data::Dataset train = line_problem(40, 1);
  const auto history =
      fit_new(fresh(), train,
              {.epochs = 10, .learning_rate = 0.1, .validation = &train, .progress = {.file = captured.file()}});
  const std::string text = captured.text();
  const train::Epoch& first = history.epochs[0];
  CHECK(text.starts_with(fmt::format("epoch  1/10  cost {:#.4g}  validation cost {:#.4g}  accuracy {:.4f}  {:.1f} s\n",
                                     first.cost, *first.validation_cost, *first.accuracy, first.seconds)));
  CHECK(std::count(text.begin(), text.end(), '\n') == 10);
  CHECK(text.find("\nepoch 10/10  cost ") != std::string::npos);
}
