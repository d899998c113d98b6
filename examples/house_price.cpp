// House prices in Ames, Iowa: a net beside a least-squares fit of the same features, and beside the single rectified
// unit on the living area with which the notes begin. Errors are those of log price: 10 % too much costs the same for a
// cheap house as for a dear one.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "support/least_squares.hpp"
#include "support/program.hpp"
#include "support/scores.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("ames.csv.gz");
  std::vector<std::int64_t> hidden{64, 32};
  std::int64_t epochs = 200;
  double alpha = 0.003;
  double decay = 0.03;
  std::uint64_t seed = 1;
  double expect = 0.16;
};

/// An elementary function of a tensor: `computed(x, [](const Var& v) { return log(v); })`.
template <class Function>
Tensor computed(const Tensor& x, Function function) {
  Tape tape{{.inference = true}};
  return function(tape.constant(x)).value();
}

/// What a method says of the houses held back.
struct Answer {
  std::string method;
  std::int64_t parameters;
  Tensor log_price;
};

Answer mean_price(const data::Split& homes, const data::Standardiser& scale) {
  return {"the mean of the training set", 1, Tensor::full(homes.test.y.shape(), scale.mean.item(), DType::f64)};
}

/// price = relu(w · living area + b), trained on prices in units of 100,000 dollars.
Answer rectified_unit(const data::Split& homes) {
  const auto& names = homes.train.feature_names;
  const auto row = std::find(names.begin(), names.end(), "Gr_Liv_Area") - names.begin();
  const auto area = [row](const data::Dataset& set) { return set.x.slice({.axis = 0, .start = row, .stop = row + 1}); };
  const Tensor price = computed(homes.train.y, [](const Var& y) { return exp(y) / 1e5; });

  // W and b start at 0, right at the kink; there the slope is 1 here, as in the notes, so that the unit is not dead.
  const models::DeepNet unit{
      {.layers = {1, 1}, .output = Activation::relu, .init = init::zeros(), .dtype = DType::f64}};
  optim::Sgd descent{parameters(unit), {.learning_rate = 0.1}};
  Tape tape;
  for (int step = 0; step < 300; ++step) {
    tape.rewind();
    descent.step(tape.backward(unit.cost(tape.constant(area(homes.train)), price)));
  }
  const auto log_price = [](const Var& p) { return log(1e5 * maximum(p, 0.01)); };
  return {"one rectified unit on the living area", parameter_count(unit),
          computed(unit.predict(area(homes.test)), log_price)};
}

/// log price = θᵀx + mean, for standardised features.
Answer linear_fit(const data::Split& homes, const data::Standardiser& scale) {
  const Tensor theta = examples::least_squares(homes.train.x, scale.apply(homes.train.y));
  const Tensor y = computed(theta, [&](const Var& t) { return matmul(transpose(t), homes.test.x); });
  return {"least squares (conjugate gradients)", theta.elements() + 1, scale.invert(y)};
}

/// A net that stops learning when it gets worse on a part of the training set that it does not learn from.
Answer deep_net(const data::Split& homes, const data::Standardiser& scale, const Options& options) {
  data::Dataset all = homes.train;
  all.y = scale.apply(all.y);
  const data::Split parts = data::split(all, {.test_fraction = 0.15, .seed = options.seed});

  std::vector<std::int64_t> layers{all.x.shape()[0]};
  layers.insert(layers.end(), options.hidden.begin(), options.hidden.end());
  layers.push_back(1);
  models::DeepNet net{{.layers = layers,
                       .hidden = Activation::relu,
                       .output = Activation::identity,
                       .seed = options.seed,
                       .dtype = DType::f64}};
  optim::Sgd descent{parameters(net), {.learning_rate = options.alpha, .momentum = 0.9, .weight_decay = options.decay}};
  train::EarlyStopping stopping{{.patience = 20}};
  const train::History history = train::fit(net, parts.train,
                                            {.epochs = options.epochs,
                                             .batch_size = 32,
                                             .optimizer = &descent,
                                             .seed = options.seed,
                                             .validation = &parts.test,
                                             .observers = {&stopping}});
  const std::string name = fmt::format("net {}, epoch {}", fmt::join(layers, "-"), history.best_epoch);
  return {name, parameter_count(net), scale.invert(net.predict(homes.test.x))};
}

bool house_price(const Options& options) {
  data::Dataset set = data::load_csv(options.data, {.target = "Sale_Price", .dtype = DType::f64});
  set.y = computed(set.y, [](const Var& price) { return log(price); });
  data::Split homes = data::split(set, {.test_fraction = 0.2, .seed = options.seed});
  data::standardise(homes.train, homes.test);
  const data::Standardiser scale = data::Standardiser::fit(homes.train.y);
  fmt::print("X {}: {} features, categories as columns of 0 and 1; m = {}, m_test = {}\n\n", homes.train.x.shape(),
             homes.train.x.shape()[0], homes.train.examples(), homes.test.examples());

  const std::vector<Answer> answers{mean_price(homes, scale), rectified_unit(homes), linear_fit(homes, scale),
                                    deep_net(homes, scale, options)};
  fmt::print("{:<44} {:>10} {:>16} {:>15}\n", "on the held-out fifth", "parameters", "RMSE, log price",
             "typical error");
  double error = 0.0;
  for (const Answer& answer : answers) {
    error = examples::rmse(answer.log_price, homes.test.y);
    fmt::print("{:<44} {:>10} {:>16.4f} {:>13.1f} %\n", answer.method, answer.parameters, error,
               100.0 * std::expm1(error));
  }
  const bool good = error <= options.expect;  // of the last one, the net
  fmt::print("the net's RMSE {:.4f}, expected at most {:.4f}: {}\n", error, options.expect,
             good ? "reached" : "NOT reached");
  return good;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Prices of houses: a net beside a least-squares fit of the same features.", "house_price"};
  app.add_option("--data", options.data, "CSV file of the houses")->capture_default_str();
  app.add_option("--hidden", options.hidden, "units of the net's hidden layers")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "passes over the training set, at most")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha")->capture_default_str();
  app.add_option("--weight-decay", options.decay, "lambda")->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights and the division of the data")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 above this RMSE of log price")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return house_price(options); });
}
