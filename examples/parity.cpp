// Why deep: the parity of bits, which a circuit of XOR gates computes with few gates in several layers. Shows nets
// whose weights are set by hand, then what gradient descent finds in a shallow and a deep net of about equal size.
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <capstan/capstan.hpp>

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "support/program.hpp"

using namespace capstan;

namespace {

struct Options {
  std::vector<std::int64_t> shallow{64};
  std::vector<std::int64_t> deep{16, 16, 12};
  std::vector<double> alphas{0.03, 0.1, 0.5};
  std::int64_t seeds = 10;
  std::int64_t steps = 20000;
  double expect = 0.9;
};

constexpr std::int64_t bits = 8;

/// All 256 words of eight bits as columns, and whether their ones are odd in number.
data::Dataset words() {
  constexpr std::int64_t m = 1 << bits;
  data::Dataset set{.x = Tensor::zeros({bits, m}), .y = Tensor::zeros({1, m})};
  for (std::int64_t word = 0; word < m; ++word) {
    std::int64_t ones = 0;
    for (std::int64_t bit = 0; bit < bits; ++bit) {
      const std::int64_t value = word >> bit & 1;
      set.x.set({bit, word}, static_cast<double>(value));
      ones += value;
    }
    set.y.set({0, word}, static_cast<double>(ones % 2));
  }
  return set;
}

/// One hidden layer: with s ones, relu(s) − 2 relu(s − 1) + 2 relu(s − 2) − … goes up and down between 0 and 1.
models::DeepNet zigzag() {
  models::DeepNet net{{.layers = {bits, bits, 1}, .output = Activation::identity, .init = init::zeros()}};
  Tensor b1 = Tensor::zeros({bits, 1}), W2 = Tensor::ones({1, bits});
  for (std::int64_t unit = 1; unit < bits; ++unit) {
    b1.set({unit, 0}, static_cast<double>(-unit));
    W2.set({0, unit}, unit % 2 == 0 ? 2.0 : -2.0);
  }
  Parameter{net.W(1)}.assign(Tensor::ones({bits, bits}));
  Parameter{net.b(1)}.assign(b1);
  Parameter{net.W(2)}.assign(W2);
  return net;
}

/// A tree of gates, p XOR q = relu(p + q) − 2 relu(p + q − 1): four gates of two units, two gates, one gate. The
/// weights 1 and −2 that end a gate are those of the next layer.
models::DeepNet tree() {
  models::DeepNet net{{.layers = {bits, 8, 4, 2, 1}, .output = Activation::identity, .init = init::zeros()}};
  for (std::int64_t layer = 1; layer <= net.depth(); ++layer) {
    const bool first = layer == 1, last = layer == net.depth();
    Tensor W = Tensor::zeros(net.W(layer).shape()), b = Tensor::zeros(net.b(layer).shape());
    const std::int64_t inputs = first || last ? 2 : 4;  // of a gate: two bits, or two units for each of two gates
    for (std::int64_t unit = 0; unit < W.shape()[0]; ++unit) {
      for (std::int64_t i = 0; i < inputs; ++i) W.set({unit, unit / 2 * inputs + i}, first || i % 2 == 0 ? 1.0 : -2.0);
      if (!last) b.set({unit, 0}, unit % 2 == 0 ? 0.0 : -1.0);
    }
    Parameter{net.W(layer)}.assign(W);
    Parameter{net.b(layer)}.assign(b);
  }
  return net;
}

bool by_hand(const std::string& name, const models::DeepNet& net, const data::Dataset& set) {
  const double accuracy = train::accuracy(net, set);
  fmt::print("  {:<28} {:>5} parameters, {:.1f} % right\n", name, parameter_count(net), 100.0 * accuracy);
  return accuracy == 1.0;
}

/// A kind of net and how it is trained.
struct Kind {
  std::vector<std::int64_t> hidden;
  Activation activation;
  double alpha;
};

models::DeepNet make_net(const Kind& kind, std::uint64_t seed) {
  std::vector<std::int64_t> layers{bits};
  layers.insert(layers.end(), kind.hidden.begin(), kind.hidden.end());
  layers.push_back(1);
  return models::DeepNet{{.layers = layers, .hidden = kind.activation, .output = Activation::sigmoid, .seed = seed}};
}

/// Gradient descent with momentum on all words at once. Gives the steps until all were right; 0 if they never were.
std::int64_t learn(const Kind& kind, std::uint64_t seed, const data::Dataset& set, std::int64_t steps) {
  const models::DeepNet net = make_net(kind, seed);
  optim::Sgd descent{parameters(net), {.learning_rate = kind.alpha, .momentum = 0.9}};
  Tape tape;
  for (std::int64_t step = 1; step <= steps; ++step) {
    tape.rewind();
    descent.step(tape.backward(net.cost(tape.constant(set.x), set.y)));
    if (step % 100 == 0 && train::accuracy(net, set) == 1.0) return step;
  }
  return 0;
}

struct Result {
  std::size_t learnt;  // from how many seeds
  std::string text;
};

/// Trains a kind of net from every seed: how often, and after how many steps (the median of those), all words were right.
Result study(const Kind& kind, const data::Dataset& set, const Options& options) {
  std::vector<std::int64_t> steps;
  for (std::int64_t seed = 1; seed <= options.seeds; ++seed) {
    const std::int64_t taken = learn(kind, static_cast<std::uint64_t>(seed), set, options.steps);
    if (taken > 0) steps.push_back(taken);
  }
  std::sort(steps.begin(), steps.end());
  const std::string median = steps.empty() ? "" : fmt::format(", {:>5} steps", steps[steps.size() / 2]);
  return {steps.size(), fmt::format("{:>2} of {}{}", steps.size(), options.seeds, median)};
}

std::string describe(const std::string& name, const std::vector<std::int64_t>& hidden) {
  const auto count = parameter_count(make_net({hidden, Activation::tanh, 0.0}, 0));
  return fmt::format("{} {}-{}-1, {} parameters", name, bits, fmt::join(hidden, "-"), count);
}

bool parity(const Options& options) {
  const data::Dataset set = words();
  fmt::print("The parity of {} bits, {} words. As OR of ANDs it takes {} ANDs. With rectified units set by hand:\n",
             bits, set.examples(), 1 << (bits - 1));
  const bool zigzag_right = by_hand("one layer that goes zigzag", zigzag(), set);
  const bool tree_right = by_hand("a tree of XOR gates", tree(), set);

  fmt::print("\nBy gradient descent, how many of {} random first weights led to all words right:\n  {}\n  {}\n\n",
             options.seeds, describe("shallow:", options.shallow), describe("deep:", options.deep));
  fmt::print("{:<12} {:>6}   {:<24} {}\n", "activation", "α", "shallow", "deep");
  std::size_t best = 0;
  const std::vector<Activation> activations{Activation::tanh, Activation::relu, Activation::leaky_relu};
  for (const Activation& activation : activations) {
    for (const double alpha : options.alphas) {
      const Result shallow = study({options.shallow, activation, alpha}, set, options);
      const Result deep = study({options.deep, activation, alpha}, set, options);
      fmt::print("{:<12} {:>6g}   {:<24} {}\n", activation.name, alpha, shallow.text, deep.text);
      best = std::max(best, deep.learnt);
    }
  }
  const double part = static_cast<double>(best) / static_cast<double>(options.seeds);
  fmt::print("\n");
  return examples::reached("part of the seeds, for the deep net at its best", part, options.expect) && zigzag_right &&
         tree_right;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app{"Parity of eight bits: what shallow and deep nets can compute, and what descent finds.", "parity"};
  app.add_option("--shallow", options.shallow, "units of the shallow net's hidden layer")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--deep", options.deep, "units of the deep net's hidden layers")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--seeds", options.seeds, "how many first weights to try")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--steps", options.steps, "steps of gradient descent, at most")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--alphas", options.alphas, "learning rates to try")
      ->check(examples::positive())
      ->capture_default_str();
  app.add_option("--expect", options.expect,
                 "exit with 1 if the deep net at its best learns from less than this part of the seeds")
      ->capture_default_str();
  return examples::run(app, argc, argv, [&] { return parity(options); });
}
