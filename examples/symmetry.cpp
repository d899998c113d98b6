// Why weights start at random: hidden units that start equal stay equal for ever, so that a wide layer is worth one
// unit.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <capstan/capstan.hpp>

#include <fmt/core.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::string data = examples::set_path("digits.csv.gz");
  std::int64_t hidden = 16;
  std::int64_t steps = 1000;
  double alpha = 0.5;
  std::uint64_t seed = 1;
  double expect = 0.9;
};

/// How far any hidden unit is from the first one, in its weights on both sides; 0 where all compute the same function.
double spread(const models::DeepNet& net) {
  const Tensor W1 = net.W(1).value(), W2 = net.W(2).value();
  double largest = 0.0;
  for (std::int64_t unit = 1; unit < W1.shape()[0]; ++unit) {
    for (std::int64_t j = 0; j < W1.shape()[1]; ++j)
      largest = std::max(largest, std::abs(W1.at({unit, j}) - W1.at({0, j})));
    for (std::int64_t k = 0; k < W2.shape()[0]; ++k)
      largest = std::max(largest, std::abs(W2.at({k, unit}) - W2.at({k, 0})));
  }
  return largest;
}

double largest_weight(const models::DeepNet& net) {
  Tape tape{{.inference = true}};
  return max(abs(tape.constant(net.W(1).value()))).item();
}

struct Result {
  double spread, largest_W1, accuracy;
};

Result train(const std::string& name, const models::DeepNet& net, const data::Split& digits, const Options& options) {
  fmt::print("{}\n{:>8} {:>10} {:>22} {:>15}\n", name, "step", "J", "units differ by up to", "test accuracy");
  optim::Sgd descent{parameters(net), {.learning_rate = options.alpha}};
  Tape tape;
  for (std::int64_t step = 0, report = 1; step <= options.steps; ++step) {
    tape.rewind();
    const Var J = net.cost(tape.constant(digits.train.x), digits.train.y);
    const Gradients d = tape.backward(J);
    if (step == 0 || step == report || step == options.steps) {
      fmt::print("{:>8} {:>10.4f} {:>22.3g} {:>15.4f}\n", step, J.item(), spread(net),
                 train::accuracy(net, digits.test));
      if (step == report) report *= 10;
    }
    if (step < options.steps) descent.step(d);
  }
  fmt::print("\n");
  return {spread(net), largest_weight(net), train::accuracy(net, digits.test)};
}

bool symmetry(const Options& options) {
  data::Split digits =
      data::split(data::load_csv(options.data, {.header = data::Header::none, .target_kind = data::TargetKind::labels}),
                  {.test_fraction = 0.25, .seed = options.seed});
  data::standardise(digits.train, digits.test);

  const auto net = [&](Activation hidden, const init::Initializer& init) {
    return models::DeepNet{{.layers = {digits.train.x.shape()[0], options.hidden, 10},
                            .hidden = hidden,
                            .output = Activation::softmax,
                            .init = init,
                            .seed = options.seed}};
  };
  const Result zero = train("W = 0, sigmoid: the units learn, and all learn the same",
                            net(Activation::sigmoid, init::zeros()), digits, options);
  const Result stuck = train("W = 0, tanh: a = 0 and dZ1 = W2ᵀdZ2 = 0, so that only the last b learns",
                             net(Activation::tanh, init::zeros()), digits, options);
  const Result random = train("W = randn · 0.01, sigmoid: the symmetry is broken",
                              net(Activation::sigmoid, init::normal(0.01)), digits, options);

  const bool symmetric = zero.spread == 0.0 && zero.largest_W1 > 0.0;
  const bool still = stuck.largest_W1 == 0.0;
  fmt::print("From zero, the {} sigmoid units {} equal to the last bit, and the tanh units {}.\n", options.hidden,
             symmetric ? "stayed" : "did NOT stay", still ? "never moved" : "MOVED");
  return examples::reached("from random weights, test accuracy", random.accuracy, options.expect) && symmetric &&
         still && random.spread > 0.0 && random.accuracy > zero.accuracy;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Zero against random initialisation of a shallow net, on handwritten digits.", "symmetry"};
  app.add_option("--data", options.data, "CSV file of the digits")->capture_default_str();
  app.add_option("--hidden", options.hidden, "hidden units")->check(CLI::Range(2, 1000))->capture_default_str();
  app.add_option("--steps", options.steps, "steps of gradient descent")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--learning-rate", options.alpha, "alpha")->capture_default_str();
  app.add_option("--seed", options.seed, "of the weights and the division of the data")->capture_default_str();
  app.add_option("--expect", options.expect, "exit with 1 below this test accuracy")->capture_default_str();
  return examples::run(app, argc, argv, [&] { return symmetry(options); });
}
