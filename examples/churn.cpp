// Which customers of a telephone company will leave: a net beside logistic regression, on a part of the customers that
// neither has seen. Missing values: eleven new customers have no total charges yet; they get the mean of the others,
// and a further feature says that the value was missing.
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "support/program.hpp"
#include "support/scores.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("wa_churn.csv.gz");
  std::vector<std::int64_t> hidden{16};
  std::int64_t epochs = 60;
  double alpha = 0.02;
  double decay = 0.01;
  std::uint64_t seed = 1;
  double expect = 0.83;
};

struct Scores {
  double auc, log_loss, accuracy;
};

/// Learns from four fifths of the training set, and stops when the cost on the last fifth rises.
template <class Model>
void train(Model& model, const data::Dataset& set, double decay, const Options& options) {
  const data::Split parts = data::split(set, {.test_fraction = 0.2, .seed = options.seed});
  optim::Sgd descent{parameters(model), {.learning_rate = options.alpha, .momentum = 0.9, .weight_decay = decay}};
  train::EarlyStopping stopping{{.patience = 10}};
  train::fit(model, parts.train,
             {.epochs = options.epochs,
              .batch_size = 64,
              .optimizer = &descent,
              .seed = options.seed,
              .validation = &parts.test,
              .observers = {&stopping}});
}

template <class Model>
Scores score(const Model& model, const data::Dataset& set) {
  Tape tape{{.inference = true}};
  const Var x = tape.constant(set.x);
  return {.auc = examples::auc(model(x).value(), set.y),
          .log_loss = model.cost(x, set.y).item(),  // the mean cross-entropy
          .accuracy = train::accuracy(model, set)};
}

void print(const std::string& name, std::int64_t parameters, const Scores& scores) {
  fmt::print("{:<24} {:>10} {:>8.4f} {:>9.4f} {:>9.4f}\n", name, parameters, scores.auc, scores.log_loss,
             scores.accuracy);
}

bool churn(const Options& options) {
  const data::Dataset customers = data::load_csv(options.data, {.target = "churn",
                                                                .target_kind = data::TargetKind::numbers,
                                                                .classes = {"No", "Yes"},
                                                                .missing = data::Missing::fill,
                                                                .missing_indicator = true});
  auto [train_set, test_set] = data::split(customers, {.test_fraction = 0.2, .seed = options.seed, .stratify = true});
  data::standardise(train_set, test_set);
  const std::int64_t n_x = customers.x.shape()[0];
  fmt::print("X {}: m = {}, m_test = {}\n", train_set.x.shape(), train_set.examples(), test_set.examples());

  models::LogisticRegression regression{{.inputs = n_x}};
  train(regression, train_set, 0.001, options);

  std::vector<std::int64_t> layers{n_x};
  layers.insert(layers.end(), options.hidden.begin(), options.hidden.end());
  layers.push_back(1);
  models::DeepNet net{{.layers = layers, .output = Activation::sigmoid, .seed = options.seed}};
  train(net, train_set, options.decay, options);  // has more parameters to keep small

  fmt::print("\n{:<24} {:>10} {:>8} {:>9} {:>9}\n", "on the held-out fifth", "parameters", "AUC", "log loss",
             "accuracy");
  const Scores linear = score(regression, test_set), deep = score(net, test_set);
  print("logistic regression", parameter_count(regression), linear);
  print(fmt::format("net {}", fmt::join(layers, "-")), parameter_count(net), deep);
  return examples::reached("the net's AUC", deep.auc, options.expect);
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Customers who leave: a net beside logistic regression, by AUC and log loss.", "churn"};
  app.add_option("--data", options.data, "CSV file of the customers")->capture_default_str();
  app.add_option("--hidden", options.hidden, "units of the net's hidden layers")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--epochs", options.epochs, "passes over the training set, at most")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha")->capture_default_str();
  app.add_option("--weight-decay", options.decay, "lambda, for the net")->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights and the division of the data")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this area under the curve")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return churn(options); });
}
